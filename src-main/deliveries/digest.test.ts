import { describe, expect, it } from 'vitest';
import type { Bundle, Message } from '../contract/delivery.ts';
import { exampleMessage } from '../testing/example-message.ts';
import type { MessageChanges } from '../testing/example-message.ts';
import { digestOf } from './digest.ts';
import { timeText } from './words.ts';

const noon = Date.UTC(2026, 0, 5, 12);
const minute = 60_000;

function bundle(...changes: [MessageChanges, MessageChanges, ...MessageChanges[]]): Bundle {
  const [first, second, ...others] = changes.map((change, index): Message =>
    exampleMessage({ id: `m${index}`, ...change, transition: { at: noon, ...change.transition } }),
  );
  if (first === undefined || second === undefined) throw new Error('a bundle has two messages or more');
  return { id: 'b1', messages: [first, second, ...others] };
}

const fired = (id: string, alert: MessageChanges['alert'] = {}): MessageChanges => ({
  alert: { id, since: noon, ...alert },
});
const over = (id: string, alert: MessageChanges['alert'] = {}): MessageChanges => ({
  alert: { id, since: noon, state: 'resolved', resolvedAt: noon + 4 * minute, ...alert },
  transition: { from: 'firing', to: 'resolved', reason: 'back_within' },
});
const series = (labels: Record<string, string>, host = 'anchor') => ({
  ...{ host, source: 'disk', metric: 'disk_percent', labels },
});

describe('a digest', () => {
  it('says in one line that an alert came and went while it waited', () => {
    const digest = digestOf(bundle(fired('a'), over('a')));
    expect(digest).toEqual({
      headline: 'Came and went: CPU above 80 %',
      level: 'over',
      groups: [
        {
          title: 'Over: CPU above 80 % on anchor',
          lines: [
            `CPU (cpu_usage) on anchor was above 80 % for 4 min, over since ${timeText(Date.parse('2026-01-05T12:04:00.000Z'))}, worst 91.5 %.`,
          ],
        },
      ],
      ...{ more: null, late: null },
    });
  });

  it('tells of one rule over many series under one title, worst first', () => {
    const mounts = ['/', '/home', '/var'].map((mount, index) =>
      fired(mount, {
        ruleId: 'disk',
        ruleName: 'Disk nearly full',
        series: series({ mount }),
        severity: index === 2 ? 'critical' : 'warning',
      }),
    );
    const digest = digestOf(bundle(...(mounts as [MessageChanges, MessageChanges])));
    expect(digest.headline).toBe('Disk nearly full on anchor: 3 alerts, 1 critical, 2 warning');
    expect(digest.level).toBe('critical');
    expect(
      digest.groups.map(({ lines }) => lines.map((line) => / (\/\w*) \(disk\)/.exec(line)?.[1])),
    ).toEqual([['/var', '/', '/home']]);
  });

  it('counts in its headline, and groups by host and rule', () => {
    const digest = digestOf(
      bundle(
        fired('a', { series: series({}, 'nas') }),
        over('b'),
        fired('c', { severity: 'critical' }),
        fired('d', { ruleId: 'other', ruleName: 'Other' }),
      ),
    );
    expect(digest.headline).toBe('4 alerts: 1 critical, 2 warning, 1 over');
    expect(digest.groups.map(({ title }) => title)).toEqual([
      'CPU above 80 % on anchor: 2 alerts, 1 critical, 1 over',
      'CPU above 80 % on nas (warning)',
      'Other on anchor (warning)',
    ]);
  });

  it('names twenty of a thousand and counts the rest; nobody is hidden by a large group', () => {
    const rules = Array.from({ length: 1000 }, (_, index) =>
      fired(`a${index}`, { ruleId: `r${index}`, severity: index === 999 ? 'critical' : 'warning' }),
    );
    const ofRules = digestOf(bundle(...(rules as [MessageChanges, MessageChanges])));
    expect(ofRules.headline).toBe('1,000 alerts on anchor: 1 critical, 999 warning');
    expect(ofRules.groups).toHaveLength(20);
    expect(ofRules.more).toBe('and 980 more alerts: 980 warning');

    const large = Array.from({ length: 500 }, (_, index) =>
      fired(`a${index}`, { series: series({ mount: `/${index}` }) }),
    );
    const small = fired('z', { ruleId: 'z', ruleName: 'Small' });
    const digest = digestOf(bundle(...(large as [MessageChanges, MessageChanges]), small));
    expect(digest.groups.map(({ lines }) => lines.length)).toEqual([20, 1]);
    expect(digest.groups[0]?.lines.at(-1)).toBe('and 481 more alerts: 481 warning');
    expect(digest.more).toBeNull();
  });

  it('says of what comes late when it happened', () => {
    const { messages } = bundle(fired('a'), fired('b'));
    const [first, second] = messages;
    expect(digestOf({ id: 'b1', messages: [{ ...first, late: true }, second] }).late).toBe(
      `Sent late: the oldest of it happened at ${timeText(Date.parse('2026-01-05T12:00:00.000Z'))}.`,
    );
  });
});
