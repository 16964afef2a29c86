import { expect, it } from 'vitest';
import { NewestNumbers } from './newest-numbers.ts';

const reading = (
  source: string,
  samples: { metric: string; labels: Record<string, string>; value: number }[],
) => ({
  host: 'box',
  source,
  at: 0,
  durationMs: 1,
  samples,
  error: null,
});

it('knows what each source had last, its labels as Prometheus writes them, and nothing that is gone', () => {
  const numbers = new NewestNumbers();
  numbers.enter(reading('cpu', [{ metric: 'cpu_percent', labels: {}, value: 3 }]));
  numbers.enter(reading('mounts', [{ metric: 'free', labels: { mount: '/a "b"', device: 'x' }, value: 7 }]));
  expect(numbers.all()).toEqual({
    cpu: { cpu_percent: 3 },
    mounts: { 'free{device="x",mount="/a \\"b\\""}': 7 },
  });
  numbers.enter(reading('cpu', []));
  numbers.forget('mounts');
  expect(numbers.all()).toEqual({ cpu: {} });
});
