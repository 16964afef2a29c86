import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const [drawing, theme] = ['alert-chart.ts', 'theme.ts'].map((name) =>
  JSON.stringify(fileURLToPath(new URL(name, import.meta.url))),
);
const chart = { title: 'CPU', unit: 'percent', lines: [], series: [], more: 0 };
const alert = { from: 0, to: 3_600_000, severity: 'warning', firedAt: 1_800_000, resolvedAt: null };
const script = `Promise.all([import(${drawing}), import(${theme})]).then(([{ alertChartDrawing }, { paperTheme }]) =>
  console.log(alertChartDrawing(${JSON.stringify({ chart, ...alert })}, paperTheme(undefined))))`;
/** The drawing of a process whose zone this is. */
const drawn = (TZ: string) =>
  execFileSync(process.execPath, ['-e', script], { env: { TZ }, encoding: 'utf8' });

test.each([
  ['Europe/Berlin', 'Europe/Berlin'],
  ['Mars/Olympus', 'UTC'],
])('where TZ is %s, the chart of an alert says that its times are in %s', (zone, said) => {
  expect(drawn(zone)).toContain(`CPU (times in ${said})`);
});
