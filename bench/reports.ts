// How long the pictures of a report take to draw, next to matplotlib from Debian's python3-matplotlib in the same run: the same
// four series of a day, 1200 × 600 pixels, several times, the fastest of each. A fresh process and the first picture are told too.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ReportContent } from '../src-main/contract/report.ts';
import { Format } from '../src-main/reports/format.ts';
import { openPainter } from '../src-main/reports/png.ts';
import { systemSheet } from '../src-main/reports/sheets.ts';
import { paperTheme } from '../src-main/reports/theme.ts';

const rounds = 7;
const points = 500;
const to = Date.UTC(2026, 0, 6);
const from = to - 86_400_000;

/** The same numbers in every run. */
function numbers(seed: number): number[] {
  let state = seed;
  return Array.from({ length: points }, () => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return 20 + (60 * state) / 2_147_483_648;
  });
}

const all = ['Processor', 'Memory', 'Disk', 'Network'].map((title, index) => ({
  title,
  values: numbers(index + 1),
}));
const at = Array.from({ length: points }, (_, index) => from + (index * 86_400_000) / points);

function contentOf(): ReportContent {
  const system = all.map(({ title, values }) => {
    const series = { host: 'box', source: title, metric: title, labels: {} };
    const columns = {
      at,
      min: values.map((value) => value - 5),
      avg: values,
      max: values.map((value) => value + 5),
    };
    const range = { series, from, to, bucketMs: 172_800, ...columns, summary: null };
    return {
      title,
      unit: 'percent' as const,
      full: 100,
      lines: [{ value: 80, severity: 'warning' as const }],
      series: [{ name: title, range }],
      more: 0,
    };
  });
  return {
    figures: {
      ...{
        host: 'box',
        version: '0',
        madeAt: to,
        from,
        to,
        zone: 'UTC',
        metrics: [],
        seriesLeftOut: 0,
        busiest: [],
      },
      availability: { watchedMs: 0, asleepMs: 0, offMs: 0, noDataMs: 0, gaps: [] },
      alerts: { count: 0, critical: 0, rules: [], isComplete: true },
      alertDays: { from, days: [], rules: [] },
      ...{ programs: [], failedDeliveries: [] },
    },
    ...{ system, processes: [], bands: [] },
  };
}

const python = `
import json, sys, time
started = time.perf_counter()
import matplotlib
matplotlib.use('Agg')
import matplotlib.pyplot as plt
data = json.load(open(sys.argv[1]))
times = []
for _ in range(${rounds}):
    began = time.perf_counter()
    figure, axes = plt.subplots(2, 2, figsize=(12, 6), dpi=100)
    for axis, one in zip(axes.flat, data['all']):
        values = one['values']
        axis.plot(data['at'], values, linewidth=1.5)
        axis.fill_between(data['at'], [v - 5 for v in values], [v + 5 for v in values], alpha=0.16)
        axis.axhline(80, linestyle='--')
        axis.set_ylim(0, 100)
        axis.set_title(one['title'])
        axis.grid(True)
    figure.tight_layout()
    figure.savefig(sys.argv[1] + '.png')
    plt.close(figure)
    times.append(1000 * (time.perf_counter() - began))
print(json.dumps({'times': times, 'whole': 1000 * (time.perf_counter() - started)}))
`;

const folder = mkdtempSync(join(tmpdir(), 'plimsoll-bench-reports-'));
try {
  const data = join(folder, 'data.json');
  writeFileSync(data, JSON.stringify({ at: at.map((time) => time / 1000), all }));

  const startedAt = performance.now();
  const { font, paint } = await openPainter();
  const theme = paperTheme(font);
  const content = contentOf();
  const format = new Format('en', content.figures.zone);
  const ours: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const began = performance.now();
    writeFileSync(join(folder, 'ours.png'), await paint(systemSheet(content, format, theme)));
    ours.push(performance.now() - began);
  }
  const whole = performance.now() - startedAt;
  const row = (name: string, times: readonly number[], all: number): string =>
    `${name.padEnd(12)} first ${(times[0] ?? NaN).toFixed(0).padStart(5)} ms   fastest ${Math.min(...times)
      .toFixed(0)
      .padStart(5)} ms   all ${rounds} with loading ${all.toFixed(0).padStart(6)} ms`;
  console.log(row('Plimsoll', ours, whole));

  const { status, stdout, stderr } = spawnSync('/usr/bin/python3', ['-c', python, data], {
    encoding: 'utf8',
  });
  if (status !== 0) {
    console.log(
      `matplotlib cannot be measured here (apt-get install python3-matplotlib): ${stderr.trim().split('\n').at(-1) ?? ''}`,
    );
  } else {
    const theirs = JSON.parse(stdout) as { times: number[]; whole: number };
    console.log(row('matplotlib', theirs.times, theirs.whole));
    const ratio = Math.min(...theirs.times) / Math.min(...ours);
    console.log(`A picture is ${ratio.toFixed(1)} times as fast; wanted: at least 1.0`);
    if (ratio < 1) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true });
}
