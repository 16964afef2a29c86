import { describe, expect, it } from 'vitest';
import { JudgeBench, onMounts } from '../../testing/judge-bench.ts';

const second = 1000;
const minute = 60_000;
const hour = 3_600_000;
const day = 86_400_000;

/** Answers what was asked with four weeks in which nothing happened. */
function learnFourWeeksOf50(bench: JudgeBench): void {
  const question = bench.question();
  if (question === null) throw new Error('nothing is asked');
  const at = Array.from({ length: 4 * 168 * 4 }, (_, index) => bench.now - index * (hour / 4));
  bench.learn(
    question,
    at,
    at.map(() => 50),
  );
}

describe('a rule that asks the past', () => {
  it('foresees from what history tells, and is silent before that', () => {
    const bench = new JudgeBench({ forecast: { withinDays: 3, overDays: 7 } });
    bench.memory(70);
    const question = bench.question();
    expect(question?.query).toMatchObject({
      metric: 'memory_percent',
      from: bench.now - 7 * day,
      to: bench.now,
    });
    expect(bench.question()).toBeNull();
    expect(bench.memory(70).take()).toEqual([]);
    if (question === null) throw new Error('nothing is asked');
    const at = Array.from({ length: 168 }, (_, index) => bench.now - (168 - index) * hour);
    bench.learn(
      question,
      at,
      at.map((_, index) => 42 + index / 6),
    );
    expect(bench.memory(70).take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(bench.alerts.get('a1')?.firedValue).toBeCloseTo(82, 6);
    bench.wait(hour + 2 * minute);
    const again = bench.question();
    if (again === null) throw new Error('it is not asked again');
    bench.learn(
      again,
      at,
      at.map(() => 70),
    );
    expect(bench.memory(70).take()).toEqual(['a1 resolved: back_within, announce recovery']);
  });

  it('asks sooner what the past was too short for, and first what has waited longest', () => {
    const bench = new JudgeBench({
      ...onMounts,
      labels: { mount: '*' },
      forecast: { withinDays: 3, overDays: 7 },
    });
    bench.mounts({ '/': 70, '/data': 70 });
    const ask = () => {
      const question = bench.question();
      if (question !== null) bench.learn(question, [], []);
      return question?.query.labels['mount'];
    };
    expect(ask()).toBe('/');
    bench.wait(10 * second);
    expect(ask()).toBe('/data');
    expect(ask()).toBeUndefined();
    bench.wait(16 * minute - 10 * second);
    expect(ask()).toBe('/');
    bench.wait(17 * minute);
    expect([ask(), ask(), ask()]).toEqual(['/data', '/', undefined]);
  });

  it('learns nothing from an answer to what was asked for the rule as it was before', () => {
    const bench = new JudgeBench({ forecast: { withinDays: 3, overDays: 7 } });
    bench.memory(70);
    const question = bench.question();
    if (question === null) throw new Error('nothing is asked');
    bench.configure({ forecast: { withinDays: 3, overDays: 2 } });
    const at = Array.from({ length: 168 }, (_, index) => bench.now - (168 - index) * hour);
    bench.learn(
      question,
      at,
      at.map((_, index) => 42 + index / 6),
    );
    expect(bench.memory(70).take()).toEqual([]);
    expect(bench.question()?.query.from).toBe(bench.now - 2 * day);
  });

  it('takes for unusual what history does not know of this hour of the week', () => {
    const bench = new JudgeBench({ baseline: { quantile: 0.99, weeks: 4, margin: 0.1 } });
    bench.memory(99);
    expect(bench.take()).toEqual([]);
    learnFourWeeksOf50(bench);
    expect(bench.memory(54).take()).toEqual([]);
    expect(bench.memory(56).take()).toEqual(['a1 firing: violated_enough, announce first']);
    expect(bench.alerts.get('a1')?.threshold).toBeCloseTo(55, 9);
  });

  it('tells the value that was furthest from what is usual, on either side', () => {
    const bench = new JudgeBench({
      comparison: 'outside',
      baseline: { quantile: 0.99, weeks: 4, margin: 0.1 },
    });
    bench.memory(50);
    learnFourWeeksOf50(bench);
    bench.memory(60).memory(10).memory(70).memory(56);
    expect(bench.alerts.get('a1')).toMatchObject({ firedValue: 60, worstValue: 10 });
  });
});
