import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readingOf } from '../contract/columns.ts';
import type { Reading } from '../contract/sample.ts';
import { TakePacker, TakeUnpacker } from './packed-takes.ts';
import type { PackedTakes } from './packed-takes.ts';

const unpacked = (unpacker: TakeUnpacker, packed: PackedTakes) => unpacker.unpack(packed).map(readingOf);

const reading = (over: Partial<Reading> = {}): Reading => ({
  ...{ host: 'web-1', source: 'cpu', at: 1000, durationMs: 0, error: null },
  samples: [
    { metric: 'cpu_percent', labels: {}, value: 12.5 },
    { metric: 'core', labels: { core: '1' }, value: 0 },
  ],
  ...over,
});

test('names are told once, for all hosts that have the same', () => {
  const packer = new TakePacker();
  const unpacker = new TakeUnpacker();
  const first = [reading(), reading({ host: 'web-2' }), reading({ at: 2000, samples: [] })];
  const packed = packer.pack(first);
  expect(packed.layouts).toHaveLength(2);
  expect(packed.sources).toHaveLength(2);
  expect(unpacked(unpacker, packed)).toEqual(first);
  const again = packer.pack([reading({ at: 3000 })]);
  expect(again).toMatchObject({ isAnew: false, layouts: [], sources: [] });
  expect(unpacked(unpacker, again)).toEqual([reading({ at: 3000 })]);
});

test.each([
  [
    'of many sources no more are remembered than have room, however few they are',
    (at: number) => `s${at}`,
    3,
  ],
  ['of one source with other names each time the last few are remembered', () => 's', 1],
])('of long names %s', (_, sourceAt, timesAnew) => {
  const packer = new TakePacker();
  const unpacker = new TakeUnpacker();
  const isAnew = Array.from({ length: 40 }, (_, at) => {
    const samples = [{ metric: `m${at}`, labels: { long: String(at).padEnd(1024 * 1024, 'x') }, value: at }];
    const sent = reading({ at, source: sourceAt(at), samples });
    const packed = packer.pack([sent]);
    expect(unpacked(unpacker, packed)).toEqual([sent]);
    return packed.isAnew;
  });
  expect(isAnew.filter(Boolean)).toHaveLength(timesAnew);
});

test('another process is told everything anew', () => {
  new TakePacker().pack([reading()]);
  const later = new TakePacker().pack([reading()]);
  expect(later).toMatchObject({ isAnew: true });
  expect(unpacked(new TakeUnpacker(), later)).toEqual([reading()]);
});

test('a source whose series change all the time leaves nothing behind', () => {
  const packer = new TakePacker();
  const unpacker = new TakeUnpacker();
  const changing = (metric: number) =>
    reading({ samples: [{ metric: `m${metric}`, labels: {}, value: metric }] });
  const told: number[] = [];
  const dropped: number[] = [];
  for (let metric = 0; metric < 100; metric++) {
    const readings = [changing(metric), changing(metric + 0.5)];
    const packed = packer.pack(readings);
    told.push(...packed.layouts.map(({ slot }) => slot));
    dropped.push(...packed.dropped);
    expect(unpacked(unpacker, packed)).toEqual(readings);
  }
  expect(told.slice(0, -8)).toEqual(dropped);
  const left = { isAnew: false, layouts: [], sources: [], dropped: [] };
  const numbers = Float64Array.of(0, dropped[0] ?? NaN, 1, 2);
  expect(() => unpacker.unpack({ ...left, numbers })).toThrow('not told');
});

test('whatever comes arrives as it was, also when more series are named than are remembered', () => {
  const packer = new TakePacker();
  const unpacker = new TakeUnpacker();
  const many = Array.from({ length: 90 }, (_, index) =>
    reading({
      source: `many-${index}`,
      samples: Array.from({ length: 2000 }, (_, metric) => ({
        metric: `${index}-${metric}`,
        labels: {},
        value: metric,
      })),
    }),
  );
  const readings = fc.array(
    fc.record({
      host: fc.constantFrom('web-1', 'web-2'),
      source: fc.constantFrom('cpu', 'disk'),
      at: fc.integer({ min: 0, max: 5 }),
      samples: fc.array(
        fc.record({
          metric: fc.constantFrom('a', 'b', 'c'),
          labels: fc.constantFrom<Record<string, string>>(
            {},
            { core: '1' },
            { core: '1', side: 'left' },
            { side: '1' },
          ),
          value: fc.double({ noNaN: true, noDefaultInfinity: true }),
        }),
        { maxLength: 4 },
      ),
    }),
    { maxLength: 6 },
  );
  let turn = 0;
  fc.assert(
    fc.property(readings, (some) => {
      const sent = some.map((one) => reading(one));
      if (turn++ === 30) sent.push(...many);
      expect(unpacked(unpacker, packer.pack(sent))).toEqual(sent);
    }),
    { numRuns: 100 },
  );
});
