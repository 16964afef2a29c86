import { expect, test } from 'vitest';
import type { ReportChart } from '../contract/report.ts';
import { drawChart } from './chart.ts';
import { Format } from './format.ts';
import { paperTheme } from './theme.ts';

const from = Date.UTC(2026, 0, 5);
const to = Date.UTC(2026, 0, 6);
const frame = {
  from,
  to,
  format: new Format('de', 'UTC'),
  theme: paperTheme(undefined),
  bands: [],
  gaps: [],
};

/** A chart of series with these names, and more that are not drawn. */
function drawn(names: readonly string[], more: number, width: number): string {
  const range = {
    ...{ from, to, bucketMs: 60_000, at: [from, to], min: [1, 1], avg: [2, 2], max: [3, 3] },
    summary: { min: 1, avg: 2, max: 3, last: 2, lastAt: to },
  };
  const series = names.map((name) => ({
    name,
    range: { ...range, series: { host: 'h', source: 's', metric: 'm', labels: { process: name } } },
  }));
  const chart: ReportChart = { title: 'Programme', unit: 'none', lines: [], series, more };
  return drawChart(chart, frame, { width, height: 240 }, 'Programme');
}

test('names of series are whole where two rows have room for them, and none lies over another', () => {
  const names = ['node', 'chromium', 'python3', 'perl', 'postgres', 'memcached'];
  const svg = drawn(names, 2, 560);
  for (const name of [...names, 'und 2 weitere, nicht gezeichnet']) expect(svg).toContain(`>${name}<`);
});

test('of names that are too long each has a part, within the drawing', () => {
  const svg = drawn(
    ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => name.repeat(300)),
    2,
    560,
  );
  expect(svg).toContain('>aaa');
  expect(svg).toContain('>fff');
  const rows = new Set(
    [...svg.matchAll(/<rect x="([\d.]+)" y="([\d.]+)" width="12"/g)].map(([, x, y]) => {
      expect(Number(x)).toBeLessThan(560);
      return y;
    }),
  );
  expect(rows.size).toBe(2);
});
