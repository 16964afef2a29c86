import { expect, test } from 'vitest';
import { hostNameOf, tagsBesidesName } from './host-name.ts';

test('a host is called what it sends as its readable name, and otherwise as it is', () => {
  expect(hostNameOf('agent-001', ['production', 'agent_name:Web: one'])).toBe('Web: one');
  expect(hostNameOf('anchor', ['production'])).toBe('anchor');
  expect(hostNameOf('agent-001', ['agent_name:'])).toBe('agent-001');
  expect(hostNameOf('agent-001', ['agent_name: '])).toBe('agent-001');
  expect(hostNameOf('agent-001', ['agent_name:\u200b\n'])).toBe('agent-001');
  expect(hostNameOf('agent-001', ['agent_name: Web one\n'])).toBe('Web one');
  expect(tagsBesidesName(['production', 'agent_name:Web'])).toEqual(['production']);
});
