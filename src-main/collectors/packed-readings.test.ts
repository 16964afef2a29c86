import { deserialize, serialize } from 'node:v8';
import { expect, test } from 'vitest';
import type { Measurement } from '../contract/sample.ts';
import { ReadingPacker, ReadingUnpacker } from './packed-readings.ts';
import type { PackedReadings } from './packed-readings.ts';

const packer = new ReadingPacker();
const unpacker = new ReadingUnpacker();

let at = 1_764_000_000_000;

function counted(source: string, samples: Measurement[], missedRuns = 0) {
  return { reading: { host: 'here', source, at: at++, durationMs: 0.25, samples, error: null }, missedRuns };
}

function sample(metric: string, value: number, labels: Record<string, string> = {}): Measurement {
  return { metric, labels, value };
}

/** Cloned as if sent between two processes. */
function sent(packed: PackedReadings): PackedReadings {
  return deserialize(serialize(packed)) as PackedReadings;
}

test('readings arrive as they were sent, and names and labels are told once', () => {
  const told: number[] = [];
  for (let tick = 0; tick < 3; tick++) {
    const readings = [
      counted('cpu', [sample('cpu_percent', 12.5 + tick), sample('load_1', -0)], tick),
      counted('disks', [
        sample('full', 5e15 + tick, { disk: 'a', of: 'x' }),
        sample('full', 1e-9, { disk: 'b' }),
      ]),
      counted('none', []),
    ];
    const packed = sent(packer.pack(readings));
    told.push(packed.layouts.length);
    expect(unpacker.unpack(packed)).toEqual(readings);
  }
  expect(told).toEqual([3, 0, 0]);
});

test.each<[string, Measurement[]]>([
  ['another metric', [sample('free', 1, { disk: 'a', of: 'x' }), sample('full', 2, { disk: 'b' })]],
  ['another order', [sample('full', 2, { disk: 'b' }), sample('full', 1, { disk: 'a', of: 'x' })]],
  [
    'one more',
    [sample('full', 1, { disk: 'a', of: 'x' }), sample('full', 2, { disk: 'b' }), sample('full', 3)],
  ],
  ['one less', [sample('full', 1, { disk: 'a', of: 'x' })]],
  ['another label', [sample('full', 1, { disk: 'a', on: 'x' }), sample('full', 2, { disk: 'b' })]],
  ['another value of a label', [sample('full', 1, { disk: 'c', of: 'x' }), sample('full', 2, { disk: 'b' })]],
  ['a label less', [sample('full', 1, { disk: 'a' }), sample('full', 2, { disk: 'b' })]],
  ['a label more', [sample('full', 1, { disk: 'a', of: 'x' }), sample('full', 2, { disk: 'b', of: 'y' })]],
])('%s is told anew, and what was before as well', (_what, samples) => {
  const usual = [sample('full', 1, { disk: 'a', of: 'x' }), sample('full', 2, { disk: 'b' })];
  for (const each of [usual, samples, usual]) {
    const readings = [counted('changing', each)];
    const packed = sent(packer.pack(readings));
    expect(packed.layouts).toHaveLength(1);
    expect(unpacker.unpack(packed)).toEqual(readings);
    packer.pack([counted('changing', [])]);
  }
});

test('labels stay the same objects, so that a series is known again without a look at them', () => {
  const of = () =>
    unpacker
      .unpack(sent(packer.pack([counted('mounts', [sample('full', 3, { mount: '/' })])])))
      .map(({ reading }) => reading.samples[0]?.labels);
  expect(of()[0]).toBe(of()[0]);
});

test('numbers of a layout that was never told are an error rather than somebody else’s', () => {
  const packed = packer.pack([counted('late', [sample('full', 1)])]);
  expect(() => new ReadingUnpacker().unpack({ ...packed, layouts: [] })).toThrow('not told');
});
