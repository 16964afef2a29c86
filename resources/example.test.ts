import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { sourceKinds } from '../src-main/collectors/source-kinds.ts';
import { readYamlDocument } from '../src-main/documents/yaml-document.ts';
import { parseSettings } from '../src-main/monitor/settings/schema.ts';

const text = readFileSync(new URL('plimsoll.example.yaml', import.meta.url), 'utf8');

it('holds with every entry that is commented out, and has one of each kind of source', () => {
  const whole = text.replaceAll(/^( +)# (?=- | {2})/gm, '$1');
  const { content } = readYamlDocument(Buffer.from(whole));
  const { sources, destinations } = parseSettings(content);
  expect(new Set(sources.map(({ kind }) => kind))).toEqual(new Set(sourceKinds.map(({ kind }) => kind)));
  expect(destinations.length).toBeGreaterThan(3);
});
