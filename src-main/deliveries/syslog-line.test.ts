import { describe, expect, test } from 'vitest';
import { exampleMessage } from '../testing/example-message.ts';
import { hostileText } from '../testing/hostile-text.ts';
import { syslogLine } from './syslog-line.ts';

const options = { facility: 'daemon', appName: 'plimsoll', processId: 42 } as const;

/** A parser written from RFC 5424, independent of our writer. */
function read(line: string) {
  const [, priority, time, host, app, process, kind, data = '', text] =
    /^<(\d{1,3})>1 (\S+) (\S+) (\S+) (\S+) (\S+) (\[(?:[^\]\\"]|"(?:[^"\\\]]|\\["\\\]])*")*\]) \ufeff(.*)$/.exec(
      line,
    ) ?? [];
  const values = [...data.matchAll(/ ([^ =\]"]+)="((?:[^"\\\]]|\\["\\\]])*)"/g)].map(
    ([, key, value = '']) => [key, value.replace(/\\(["\\\]])/g, '$1')] as const,
  );
  return {
    priority: Number(priority),
    time,
    host,
    app,
    process,
    kind,
    values: Object.fromEntries(values),
    text,
  };
}

describe('a line of syslog', () => {
  test('says who, when, how bad and what, for machines and for people', () => {
    expect(read(syslogLine(exampleMessage({ alert: { severity: 'critical' } }), options))).toEqual({
      priority: 3 * 8 + 2,
      time: '2026-01-05T12:00:00.123Z',
      ...{ host: 'anchor', app: 'plimsoll', process: '42', kind: 'firing' },
      values: {
        id: '0a1b2c3d-0000-4000-8000-000000000001',
        alert: 'alert-1',
        rule: 'CPU above 80 %',
        severity: 'critical',
        reason: 'violated_enough',
        source: 'cpu_usage',
        metric: 'cpu_percent',
        value: '91.5',
        threshold: '80',
      },
      text: expect.stringMatching(/^CPU above 80 %: CPU \(cpu_usage\) on anchor is at 91.5 %, above 80 %/),
    });
  });

  test.each([
    ['a warning', {}, 4],
    ['one that is over', { transition: { to: 'resolved', reason: 'back_within' } }, 5],
    ['a test', { test: true }, 6],
    ['a fire drill', { alert: { drill: true } }, 6],
  ] as const)('%s has its severity', (_what, changes, severity) => {
    expect(read(syslogLine(exampleMessage(changes), { ...options, facility: 'local7' })).priority).toBe(
      23 * 8 + severity,
    );
  });

  test('nothing in a name ends the line, the data or a value, and long names fit', () => {
    const hostile = `${hostileText} a] b" c\\ \u2028 ${'ü'.repeat(3000)}`;
    const line = syslogLine(
      exampleMessage({
        alert: {
          ruleName: hostile,
          series: { host: hostile, source: hostile, metric: 'x', labels: { a: hostile } },
        },
      }),
      options,
    );
    expect(line).not.toMatch(/[\p{Cc}\u2028\u2029\u202e\ud800]/u);
    expect(Buffer.byteLength(line)).toBeLessThanOrEqual(2048);
    const { values, host, text } = read(line);
    expect(values['rule']).toMatch(/^=HYPERLINK\("http:\/\/x"\) <img/);
    expect(Object.keys(values)).toContain('labels');
    expect(host).toMatch(/^[\x21-\x7e]{1,255}$/);
    expect(text).toMatch(/…$/);
  });
});
