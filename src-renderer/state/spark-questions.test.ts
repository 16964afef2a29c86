import { expect, test } from 'vitest';
import { SparkQuestions } from './spark-questions.ts';

test('a series is asked for once, and not while the history is away', () => {
  const questions = new SparkQuestions();
  expect(questions.mayAsk('cpu', false)).toBe(false);
  expect(questions.mayAsk('cpu', true)).toBe(true);
  expect(questions.mayAsk('cpu', true)).toBe(false);
  expect(questions.mayAsk('memory', true)).toBe(true);
});

test('a question that failed waits until the history runs anew or something may have been missed', () => {
  const questions = new SparkQuestions();
  const health = { stage: 'history', pid: null, since: 0, deaths: 1, problem: null } as const;
  expect(questions.mayAsk('cpu', true)).toBe(true);
  questions.take({ type: 'stage', stage: { ...health, state: 'restarting' } });
  questions.take({ type: 'stage', stage: { ...health, stage: 'collectors', state: 'running' } });
  expect(questions.mayAsk('cpu', true)).toBe(false);
  questions.take({ type: 'stage', stage: { ...health, state: 'running' } });
  expect(questions.mayAsk('cpu', true)).toBe(true);
  questions.take({ type: 'refresh' });
  expect(questions.mayAsk('cpu', true)).toBe(true);
});
