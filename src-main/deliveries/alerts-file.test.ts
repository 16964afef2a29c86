import { parse } from 'csv-parse/sync';
import { expect, test } from 'vitest';
import { exampleContext } from '../testing/example-context.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { alertsFile } from './alerts-file.ts';

const { alert, transition } = exampleMessage();
const told = (changes: Partial<typeof alert> = {}) => ({
  alert: { ...alert, ...changes },
  transitions: [transition],
  deliveries: [],
  contexts: [exampleContext()],
});
const whole = (format: 'json' | 'csv', ...pages: ReturnType<typeof told>[][]) => {
  const file = alertsFile(format);
  let before = 0;
  let text = file.head;
  for (const page of pages) {
    text += file.rows(page, before);
    before += page.length;
  }
  return text + file.foot;
};

test('JSON is a list of all that is known of each alert, in however many pieces', () => {
  expect(JSON.parse(whole('json'))).toEqual([]);
  const [one, two, three] = ['a', 'b', 'c'].map((id) => told({ id }));
  expect(JSON.parse(whole('json', [one!, two!], [three!]))).toEqual([one, two, three]);
});

test('CSV is a line for each, in which nothing is a formula', () => {
  const hostile = { ruleName: '=cmd|calc', note: '+1', resolvedAt: alert.firedAt + 90_000 };
  const rows = parse(whole('csv', [told(hostile)], [told({ drill: true })]), { columns: true });
  expect(rows).toMatchObject([
    {
      id: 'alert-1',
      rule_name: "'=cmd|calc",
      note: "'+1",
      drill: 'false',
      cause: 'violation',
      fired_at: '2026-01-05T12:00:00.123Z',
      duration_seconds: '90',
      worst_value: '91.5',
    },
    { drill: 'true', resolved_at: '', duration_seconds: '' },
  ]);
  expect(JSON.parse((rows as { context: string }[])[0]?.context ?? '')).toEqual([exampleContext()]);
  expect(whole('csv').split('\r\n')).toHaveLength(2);
});
