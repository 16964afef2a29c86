import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { readYamlDocument } from '../src-main/documents/yaml-document.ts';
import { runRuleTests } from '../src-main/monitor/replay/rule-tests.ts';
import { parseSettings } from '../src-main/monitor/settings/schema.ts';

const folder = fileURLToPath(new URL('rule-packs/', import.meta.url));
const packs = readdirSync(folder).filter((name) => name.endsWith('.yaml') && !name.endsWith('.test.yaml'));
const settingsIn = (name: string) => parseSettings(readYamlDocument(readFileSync(folder + name)).content);

test.each(packs)(
  '%s: each rule has a case in which it fires and one in which it does not, and both hold',
  (name) => {
    const { content, describe } = readYamlDocument(
      readFileSync(folder + name.replace('.yaml', '.test.yaml')),
    );
    const outcomes = runRuleTests(content, describe, settingsIn);
    expect(outcomes.filter(({ difference }) => difference.length > 0)).toEqual([]);
    const names = outcomes.map((outcome) => outcome.name).sort();
    expect(names).toEqual(
      settingsIn(name)
        .rules.flatMap(({ id }) => [`${id} fires`, `${id} stays calm`])
        .sort(),
    );
  },
);

test('there are packs for a laptop, a developer, a server and a web service', () => {
  expect(packs).toEqual(['developer.yaml', 'laptop.yaml', 'server.yaml', 'web-service.yaml']);
});
