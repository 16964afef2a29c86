import { expect, test } from 'vitest';
import { hostileText } from '../../testing/hostile-text.ts';
import { labelsBy, labelText, mostLabelledSeries, withinBound } from './labels.ts';

test('a label is short, and steers neither a terminal nor the direction of text', () => {
  expect(labelText('Grüße (1) [x]')).toBe('Grüße (1) [x]');
  expect(labelText('a\nb\u001b[2Jc\u0085\u202ed\u007f')).toBe('a\ufffdb\ufffd[2Jc\ufffd\ufffdd\ufffd');
  const hostile = labelText(hostileText);
  expect(hostile).not.toMatch(/[\p{Cc}\u202e]/u);
  expect(hostile.isWellFormed()).toBe(true);
  expect(labelText('x'.repeat(5000))).toHaveLength(200);
  expect(labelText(`${'x'.repeat(198)}😀y`).isWellFormed()).toBe(true);
});

test('beyond the bound the heaviest stay, in their order, and the rest is counted', () => {
  const items = Array.from({ length: 300 }, (_, index) => index);
  expect(withinBound(items, 1, (item) => item)).toEqual({
    kept: items.slice(44),
    leftOut: [{ metric: 'series_left_out', labels: {}, value: 44 }],
  });
  expect(withinBound(items.slice(0, 42), 6, () => 0)).toEqual({ kept: items.slice(0, 42), leftOut: [] });
  expect(withinBound(items.slice(0, 43), 6, () => 0).leftOut).toMatchObject([{ value: 6 }]);
});

test('labels of a text are the same object time after time, and no more are remembered than may have series', () => {
  const labelsOf = labelsBy('mount');
  const first = labelsOf('/srv\u202e');
  expect(first).toEqual({ mount: '/srv\ufffd' });
  expect(labelsOf('/srv\u202e')).toBe(first);
  for (let place = 0; place < mostLabelledSeries; place++) labelsOf(`/srv/${place}`);
  expect(labelsOf('/srv\u202e')).not.toBe(first);
  expect(labelsOf('/srv\u202e')).toEqual(first);
});
