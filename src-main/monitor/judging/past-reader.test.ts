import { expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { prepare } from '../../rules/prepare.ts';
import type { PastQuestion } from './past-questions.ts';
import { PastReader } from './past-reader.ts';
import { parseSettings } from '../settings/schema.ts';

const [rule] = parseSettings({
  version: 1,
  sources: [{ name: 'memory', kind: 'memory' }],
  rules: [
    {
      ...{ id: 'full', name: 'Full', source: 'memory', metric: 'memory_percent' },
      ...{ comparison: 'greater_than', threshold: 80, forecast: { withinDays: 3 } },
    },
  ],
}).rules;
if (rule === undefined) throw new Error('the rule is missing');
const series = { host: 'box', source: 'memory', metric: 'memory_percent', labels: {} };
const question: PastQuestion = { rule: prepare(rule), query: { ...series, from: 0, to: 1, points: 400 } };
const past = { series, from: 0, to: 1, bucketMs: 1, at: [], min: [], avg: [], max: [] };

/** A reader with as many questions as are wanted, each answered or learned in the way that is given. */
function reader(questions: number, ask: () => Promise<typeof past>, learn: () => void = () => undefined) {
  let asked = 0;
  const left = { next: () => (asked++ < questions ? question : null), learn };
  const moment = () => ({ now: 0, monotonic: 0 });
  return { reader: new PastReader({ questions: left, ask, moment }), asked: () => asked };
}

it('asks one question after the other until none is left', async () => {
  let learned = 0;
  const { reader: three } = reader(
    3,
    () => Promise.resolve(past),
    () => learned++,
  );
  await three.read();
  expect(learned).toBe(3);
});

it('stops while history is away, and asks again the next time', async () => {
  const away = () => Promise.reject(new PlimsollError('stage_down', 'History is away.'));
  const { reader: unlucky, asked } = reader(9, away);
  await unlucky.read();
  await unlucky.read();
  expect(asked()).toBe(2);
});

it('hides no mistake of ours, in asking and in learning', async () => {
  const wrong = () => Promise.reject(new TypeError('asked wrong'));
  await expect(reader(1, wrong).reader.read()).rejects.toThrow('asked wrong');
  const { reader: learns } = reader(
    1,
    () => Promise.resolve(past),
    () => {
      throw new TypeError('learned wrong');
    },
  );
  await expect(learns.read()).rejects.toThrow('learned wrong');
});
