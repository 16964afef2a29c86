import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { silentLog } from '../../base/log.ts';
import { PlimsollError } from '../../contract/error.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { parseSettings } from '../settings/schema.ts';
import type { HubAnswer } from './ask-hub.ts';
import { RulesFromHub } from './hub-rules.ts';

const settings = parseSettings({ version: 1, sources: [{ name: 'cpu', kind: 'cpu' }] });
const rule = {
  ...{ id: 'busy', name: 'Busy', source: 'cpu', metric: 'cpu_percent' },
  ...{ comparison: 'greater_than', threshold: 80, severity: 'critical' },
};
const hub = { url: 'https://hub.example.org' };

let directory: string;
let clock: HandClock;
/** What the hub answers, and what it was asked. */
let answer: HubAnswer | PlimsollError;
let asked: (string | null)[];
let notices: (string | null)[];
let changes: number;
const running: RulesFromHub[] = [];

function open(): RulesFromHub {
  const rules = new RulesFromHub({
    ...{ host: 'box', directory, clock, log: silentLog, random: () => 0.5 },
    ask: (_hub, { known }) => {
      asked.push(known);
      return answer instanceof PlimsollError ? Promise.reject(answer) : Promise.resolve(answer);
    },
    onChange: () => {
      changes++;
    },
    notice: (message) => notices.push(message),
  });
  running.push(rules);
  return rules;
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-hub-rules-'));
  clock = new HandClock();
  answer = { rules: [rule], tag: '"one"' };
  asked = [];
  notices = [];
  changes = 0;
});
afterEach(async () => {
  for (const rules of running.splice(0)) await rules.stop();
  rmSync(directory, { recursive: true });
});

const inForce = (rules: RulesFromHub) => rules.joinedTo(settings).rules.map(({ id }) => id);

test('asks nobody until it is told to, and asks each minute whether there is something new', async () => {
  const rules = open();
  rules.configure(settings, null);
  await clock.turn(600_000);
  expect(asked).toEqual([]);
  rules.configure(settings, hub);
  await vi.waitFor(() => expect(inForce(rules)).toEqual(['hub:busy']));
  answer = 'same';
  await clock.turn(59_000);
  expect(asked).toEqual([null]);
  await clock.turn(1000);
  await vi.waitFor(() => expect(rules.view().heardAt).toBe(clock.now()));
  expect([asked, changes]).toEqual([[null, '"one"'], 1]);
  answer = { rules: [], tag: '"two"' };
  await clock.turn(60_000);
  await vi.waitFor(() => expect([inForce(rules), changes]).toEqual([[], 2]));
});

test('keeps the last good rules over a restart while the hub is away, for its owner alone', async () => {
  const before = open();
  before.configure(settings, hub);
  await vi.waitFor(() => expect(before.judged).toEqual(['busy']));
  await before.stop();
  expect(statSync(join(directory, 'hub-rules.json')).mode & 0o777).toBe(0o600);
  answer = new PlimsollError('unreachable', 'Nobody is there.', { retry: true });
  const rules = open();
  rules.configure(settings, hub);
  expect(inForce(rules)).toEqual(['hub:busy']);
  await vi.waitFor(() => expect(rules.view().problem).toBe('Nobody is there.'));
  expect([rules.judged, notices.at(-1)]).toEqual([['busy'], null]);
});

test('goes on with what it has when the hub refuses or talks nonsense, and says so', async () => {
  const rules = open();
  rules.configure(settings, hub);
  await vi.waitFor(() => expect(rules.judged).toEqual(['busy']));
  answer = new PlimsollError('forbidden', 'The token has to be bound.');
  await clock.turn(60_000);
  await vi.waitFor(() =>
    expect(notices.at(-1)).toBe(
      'No rules are taken from the hub. The token has to be bound. Those from before stay in force.',
    ),
  );
  expect(rules.judged).toEqual(['busy']);
  answer = { rules: [rule, { ...rule, id: 'sends', name: 'Sends', destinations: [] }], tag: null };
  await clock.turn(60_000);
  await vi.waitFor(() =>
    expect(notices.at(-1)).toBe(
      'Rules of the hub that are refused here: "Sends" (destinations: unknown key destinations.).',
    ),
  );
  expect(rules.judged).toEqual(['busy']);
});

test('a rule that is switched off here stays off over a restart', async () => {
  const before = open();
  before.configure(settings, hub);
  await vi.waitFor(() => expect(before.judged).toEqual(['busy']));
  await before.switch('busy', false);
  expect([before.judged, before.view().rules[0]?.state, changes]).toEqual([[], 'off', 2]);
  await expect(before.switch('other', false)).rejects.toMatchObject({ code: 'not_found' });
  await before.stop();
  const rules = open();
  rules.configure(settings, hub);
  expect(rules.judged).toEqual([]);
  await rules.switch('busy', true);
  expect(rules.judged).toEqual(['busy']);
});

test('a rule that is switched off here stays off while the hub or the permission is gone for a while', async () => {
  const rules = open();
  rules.configure(settings, hub);
  await vi.waitFor(() => expect(rules.judged).toEqual(['busy']));
  await rules.switch('busy', false);
  answer = { rules: [{ ...rule, id: 'other', name: 'Other' }], tag: '"two"' };
  await clock.turn(60_000);
  await vi.waitFor(() => expect(rules.judged).toEqual(['other']));
  answer = { rules: [rule], tag: '"three"' };
  await clock.turn(60_000);
  await vi.waitFor(() => expect(rules.view().rules).toMatchObject([{ id: 'busy', state: 'off' }]));
  rules.configure(settings, null);
  rules.configure(settings, null);
  expect(rules.view()).toMatchObject({ hub: null, heardAt: null, rules: [] });
  await rules.stop();
  const later = open();
  later.configure(settings, hub);
  await vi.waitFor(() => expect(later.view().rules).toMatchObject([{ id: 'busy', state: 'off' }]));
  // Another hub may mean something else by that name.
  later.configure(settings, { url: 'https://other.example.org' });
  await vi.waitFor(() => expect(later.judged).toEqual(['busy']));
});

test('of rules that the hub has no more so many are remembered as off as it may hand out', async () => {
  const rules = open();
  answer = {
    rules: Array.from({ length: 150 }, (_, index) => ({ ...rule, id: `a${index}`, name: `A ${index}` })),
    tag: null,
  };
  rules.configure(settings, hub);
  await vi.waitFor(() => expect(rules.judged).toHaveLength(150));
  for (let index = 0; index < 150; index++) await rules.switch(`a${index}`, false);
  answer = {
    rules: Array.from({ length: 100 }, (_, index) => ({ ...rule, id: `b${index}`, name: `B ${index}` })),
    tag: null,
  };
  await clock.turn(60_000);
  await vi.waitFor(() => expect(rules.judged).toHaveLength(100));
  for (let index = 0; index < 100; index++) await rules.switch(`b${index}`, false);
  await rules.stop();
  const { off } = JSON.parse(readFileSync(join(directory, 'hub-rules.json'), 'utf8')) as { off: string[] };
  expect(off).toHaveLength(200);
  expect([off[0], off.at(-1)]).toEqual(['a50', 'b99']);
});

test('of two rules that are switched off at once both stay off', async () => {
  answer = { rules: [rule, { ...rule, id: 'second', name: 'Second' }], tag: null };
  const before = open();
  before.configure(settings, hub);
  await vi.waitFor(() => expect(before.judged).toEqual(['busy', 'second']));
  await Promise.all([before.switch('busy', false), before.switch('second', false)]);
  expect(before.judged).toEqual([]);
  await before.stop();
  const rules = open();
  rules.configure(settings, hub);
  expect(rules.judged).toEqual([]);
});

test('what is taken ends with the permission, and is not another hub’s', async () => {
  const rules = open();
  rules.configure(settings, hub);
  await vi.waitFor(() => expect(rules.judged).toEqual(['busy']));
  answer = new PlimsollError('unreachable', 'Nobody is there.', { retry: true });
  rules.configure(settings, { url: 'https://other.example.org' });
  expect(rules.judged).toEqual([]);
  answer = { rules: [rule], tag: null };
  rules.configure(settings, hub);
  await vi.waitFor(() => expect(rules.judged).toEqual(['busy']));
  rules.configure(settings, null);
  expect([inForce(rules), rules.view()]).toEqual([
    [],
    { hub: null, heardAt: null, problem: null, rules: [] },
  ]);
  await rules.stop();
  expect(() => readFileSync(join(directory, 'hub-rules.json'))).toThrow('ENOENT');
});

test('a damaged file is as good as none', async () => {
  writeFileSync(join(directory, 'hub-rules.json'), '{"hub":"https://hub.example.org","rules":[');
  const rules = open();
  rules.configure(settings, hub);
  expect(rules.judged).toEqual([]);
  await vi.waitFor(() => expect(rules.judged).toEqual(['busy']));
});
