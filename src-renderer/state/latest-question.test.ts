import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { LatestQuestion } from './latest-question.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

interface Asked {
  question: string;
  signal: AbortSignal;
  answer: (text: string) => void;
  fail: (thrown: Error) => void;
}

function latest(): { asks: LatestQuestion<string, string>; asked: Asked[]; said: string[] } {
  const asked: Asked[] = [];
  const said: string[] = [];
  const asks = new LatestQuestion<string, string>({
    settleMs: 250,
    ask: (question, signal) =>
      new Promise((answer, fail) => void asked.push({ question, signal, answer, fail })),
    onAsked: (question) => void said.push(`asked ${question}`),
    onAnswer: (answer, question) => void said.push(`${question}: ${answer}`),
    onProblem: (thrown) => void said.push(String(thrown)),
  });
  return { asks, asked, said };
}

test('what changes with every pixel is asked once, when it rests', async () => {
  const { asks, asked, said } = latest();
  for (const line of ['80', '81', '82']) {
    asks.want(line);
    await vi.advanceTimersByTimeAsync(200);
  }
  expect(asked).toEqual([]);
  await vi.advanceTimersByTimeAsync(50);
  asked[0]?.answer('twice');
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(['asked 82', '82: twice']);
});

test('an older question is given up, its late answer dropped, and the next one asked only after it', async () => {
  const { asks, asked, said } = latest();
  asks.want('80');
  await vi.advanceTimersByTimeAsync(250);
  asks.want('81');
  expect(asked[0]?.signal.aborted).toBe(true);
  await vi.advanceTimersByTimeAsync(300);
  asks.want('82');
  await vi.advanceTimersByTimeAsync(300);
  // The carrier did not let go of it: two at once would only wait for each other in the engine.
  expect(asked).toHaveLength(1);
  asked[0]?.answer('late');
  await vi.advanceTimersByTimeAsync(0);
  expect(asked.map(({ question }) => question)).toEqual(['80', '82']);
  asked[1]?.fail(new Error('no history'));
  await vi.advanceTimersByTimeAsync(0);
  expect(said).toEqual(['asked 80', 'asked 82', 'Error: no history']);
});

test('nothing is asked and nothing answered once nothing is wanted', async () => {
  const { asks, asked, said } = latest();
  asks.want('80');
  asks.want(null);
  await vi.advanceTimersByTimeAsync(1000);
  expect(asked).toEqual([]);
  asks.want('80');
  await vi.advanceTimersByTimeAsync(250);
  asks.want(null);
  asked[0]?.answer('late');
  await vi.advanceTimersByTimeAsync(1000);
  expect(said).toEqual(['asked 80']);
});
