import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { SeriesRange } from '../../contract/history.ts';
import { reportFiles } from '../../contract/report.ts';
import type { ReportFigures } from '../../contract/report.ts';
import { CommandLine } from '../../testing/command-line.ts';
import { seedHistory } from '../../testing/seeded-history.ts';
import { askOwner } from '../owner-api.ts';

let line: CommandLine;

beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

const settings = `version: 1
sources:
  - { name: cpu, kind: cpu }
rules: []
`;

function writeSettings(): string {
  const path = join(line.home, 'plimsoll.yaml');
  writeFileSync(path, settings);
  return path;
}

const hourMs = 3_600_000;

/** Six hours of samples of another machine, ten seconds apart: 0, 1, … 99, repeated. */
async function seed(to: number): Promise<void> {
  await seedHistory(
    line.data,
    Array.from({ length: 6 * 360 }, (_, index) => ({
      ...{ host: 'box', source: 'cpu', at: to - (6 * 360 - index) * 10_000, durationMs: 1, error: null },
      samples: [{ metric: 'cpu_percent', labels: {}, value: index % 100 }],
    })),
  );
}

test('while nobody runs, the history in the directory is read, and the figures are those of its samples', async () => {
  const config = writeSettings();
  const to = Math.floor((Date.now() - hourMs) / 10_000) * 10_000;
  await seed(to);
  const out = join(line.home, 'reports', 'today');
  const span = ['--from', new Date(to - 6 * hourMs).toISOString(), '--to', new Date(to).toISOString()];
  const {
    code,
    out: said,
    error,
  } = await line.run([
    'report',
    '--config',
    config,
    '--data',
    line.data,
    '--out',
    out,
    '--json',
    ...span,
    '--zone',
    'UTC',
  ]);
  expect({ code, error }).toEqual({ code: 0, error: '' });
  const { figures } = JSON.parse(said) as { figures: ReportFigures };
  expect(figures.metrics).toMatchObject([
    { title: 'CPU', unit: 'percent', summary: { min: 0, max: 99, last: 59 }, p95: 94, worst: { value: 99 } },
  ]);
  expect(figures.availability.noDataMs + figures.availability.offMs).toBe(6 * hourMs);
  for (const name of reportFiles) expect(existsSync(join(out, name))).toBe(true);
  expect(readdirSync(line.data).sort()).toEqual(['history.sqlite', 'state.sqlite']);
}, 60_000);

test('a running owner is asked, MONITOR_LOG_DIR says where, and the figures equal those of the API', async () => {
  const config = writeSettings();
  const to = Math.floor((Date.now() - 60_000) / 10_000) * 10_000;
  await seed(to);
  const { child, outcome } = await line.start(['--port', '0', '--config', config]);
  const logs = join(line.home, 'logs');
  const { code, error, out } = await line.run(
    ['report', '--hours', '3', '--config', config, '--data', line.data, '--json'],
    { MONITOR_LOG_DIR: logs },
  );
  expect({ code, error }).toEqual({ code: 0, error: '' });
  expect(readdirSync(logs)).toEqual(expect.arrayContaining([...reportFiles]));
  const { figures } = JSON.parse(out) as { figures: ReportFigures };
  const { from, metrics } = figures;
  const measured = metrics.find(({ series }) => series.host === 'box');
  const body = { series: [measured?.series], from, to: figures.to, points: 7 };
  const [range] = (await askOwner(line.data, 'POST', '/api/v1/history/ranges', body)) as SeriesRange[];
  expect(measured?.summary).toEqual(range?.summary);
  const query = `from=${from}&to=${figures.to}&zone=${encodeURIComponent(figures.zone)}`;
  const told = (await askOwner(line.data, 'GET', `/api/v1/reports/figures?${query}`)) as ReportFigures;
  expect(told.metrics.find(({ series }) => series.host === 'box')).toEqual(measured);

  // The owner also creates one, stores it in its own place, and returns it.
  const kept = (await askOwner(line.data, 'POST', '/api/v1/reports', { from, to: figures.to })) as {
    id: string;
  };
  const { reports } = (await askOwner(line.data, 'GET', '/api/v1/reports')) as { reports: { id: string }[] };
  expect(reports.map(({ id }) => id)).toEqual([kept.id]);
  const picture = join(line.data, 'reports', kept.id, 'alerts.png');
  expect(readFileSync(picture).subarray(1, 4).toString()).toBe('PNG');
  await expect(askOwner(line.data, 'GET', '/api/v1/reports/..%2F..%2F/alerts.png')).rejects.toMatchObject({
    code: 'not_found',
  });
  child.kill('SIGTERM');
  expect((await outcome).code).toBe(0);
}, 120_000);

test('a directory without a history is said to be one, and is left as it was', async () => {
  const nowhere = join(line.home, 'mistyped');
  expect(await line.run(['report', '--data', nowhere])).toMatchObject({
    code: 1,
    error: expect.stringContaining(`There is no history in ${nowhere} yet: start Plimsoll with it`),
  });
  expect(existsSync(nowhere)).toBe(false);
}, 60_000);

test('a span that is none, a time that is none and a zone that is none are said before anything is done', async () => {
  for (const [words, said] of [
    [['--from', 'yesterday'], 'is no time'],
    [['--hours', '3', '--from', '2026-01-05'], 'not both'],
    [['--from', '2026-01-06', '--to', '2026-01-05'], 'end before it begins'],
    [['--zone', 'Mars/Base'], 'no time zone'],
    [['--language', 'fr'], 'written in en and de'],
  ] as const)
    expect(await line.run(['report', ...words])).toMatchObject({
      code: 2,
      error: expect.stringContaining(said),
    });
}, 60_000);
