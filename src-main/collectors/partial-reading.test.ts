import { expect, test } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { attempt } from './attempt.ts';
import { PartialReading } from './partial-reading.ts';

test('a reading holds what could be read, and why the rest is missing', async () => {
  const samples = [
    { metric: 'status_code', labels: {}, value: 200 },
    { metric: 'broken', labels: {}, value: Number.NaN },
  ];
  const { reading } = attempt({
    host: 'box',
    source: 'api',
    collect() {
      throw new PartialReading(samples, new PlimsollError('unreadable', 'not JSON'));
    },
    deadlineMs: 1000,
    clock: new HandClock(),
  });
  expect(await reading).toMatchObject({
    samples: [{ metric: 'status_code', value: 200 }],
    error: { code: 'unreadable', message: 'not JSON' },
  });
});
