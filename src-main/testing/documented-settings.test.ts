import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { checkSettings } from '../monitor/settings/schema.ts';
import { readYamlDocument } from '../documents/yaml-document.ts';

const docs = fileURLToPath(new URL('../../docs', import.meta.url));
/** An example of settings begins with one of their keys, and not with another program's. */
const isSettings = /^(version|sources|rules|destinations|monitoring|downtimes|reports|hub|database):/;
/** Begins like settings, and is a file for `plimsoll test`. */
const others = new Set(['testing-rules.md']);

const examples = readdirSync(docs)
  .filter((name) => name.endsWith('.md') && !others.has(name))
  .flatMap((name) =>
    [...readFileSync(join(docs, name), 'utf8').matchAll(/```yaml\n(.*?)```/gs)].map(
      ([, text = ''], index) => [`${name} ${index + 1}`, text] as const,
    ),
  )
  .filter(([, text]) => isSettings.test(text));

/** What is wrong with an example besides that it shows a part: what it refers to may stand elsewhere. */
function problems(text: string): string[] {
  const { content } = readYamlDocument(Buffer.from(text));
  try {
    checkSettings({ version: 1, ...(content as object) });
    return [];
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    return thrown.problems
      .map(({ path, message }) => `${path}: ${message}`)
      .filter((said) => !/there is no (source|rule|destination)/.test(said));
  }
}

test('there are examples, those of tags and of agents among them', () => {
  const hub = examples.filter(([name]) => name.startsWith('hub.md')).map(([, text]) => text);
  expect(hub.join('\n')).toMatch(/hostTags: \[production, "role:db\*"[^]*judgedBy: agent/);
});

test.each(examples)('the settings in %s hold', (_name, text) => {
  expect(problems(text)).toEqual([]);
});
