import { expect, test } from 'vitest';
import { exampleMessage } from '../../testing/example-message.ts';
import { tagsIn } from './tags.ts';

const { rule } = exampleMessage();
const source = { name: 'cpu_usage', kind: 'cpu', enabled: true };
const series = { source: 'cpu_usage', host: 'agent-001' };

test('the tags of a rule, its source and its host are together, each once', () => {
  const settings = { rules: [{ ...rule, tags: ['web', 'b'] }], sources: [{ ...source, tags: ['web', 'a'] }] };
  expect(tagsIn(settings, () => ['c', 'a'])(rule, series)).toEqual(['a', 'b', 'c', 'web']);
});

test('a rule and a source give their host no name', () => {
  const settings = {
    rules: [{ ...rule, tags: ['agent_name:a rule', 'web'] }],
    sources: [{ ...source, tags: ['agent_name:a source'] }],
  };
  expect(tagsIn(settings)(rule, series)).toEqual(['web']);
  expect(tagsIn(settings, () => ['agent_name:Web one'])(rule, series)).toEqual(['agent_name:Web one', 'web']);
});
