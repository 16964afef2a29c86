import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hostileText } from '../testing/hostile-text.ts';
import type { ReportContent } from '../contract/report.ts';
import { keptReports } from './files.ts';
import { Format } from './format.ts';
import { reportPage } from './page.ts';
import { alertSheet, processSheet, systemSheet } from './sheets.ts';
import { paperTheme } from './theme.ts';
import { writeReport } from './write.ts';

const english = new Format('en', 'UTC');
const from = Date.UTC(2026, 0, 5);
const to = Date.UTC(2026, 0, 6);

/** A report in which everything that somebody may name is called the same. */
function contentOf(name: string): ReportContent {
  const series = { host: name, source: name, metric: name, labels: { process: name } };
  const summary = { min: 1, avg: 2, max: 3, last: null, lastAt: null };
  const columns = { at: [from, from + 60_000], min: [1, 1], avg: [2, 2], max: [3, 3] };
  const range = { series, from, to, bucketMs: 60_000, ...columns, summary };
  const rule = {
    ruleId: 'r',
    ruleName: name,
    severity: 'critical' as const,
    count: 2,
    firingMs: 60_000,
    longestMs: 60_000,
    stillFiring: 0,
  };
  const chart = {
    title: name,
    unit: 'none' as const,
    sign: name,
    lines: [{ value: 2, severity: 'warning' as const }],
    series: [
      { name, range },
      { name, range },
    ],
    more: 1,
  };
  return {
    figures: {
      ...{ host: name, version: name, madeAt: to, from, to, zone: 'UTC', seriesLeftOut: 3 },
      availability: { watchedMs: to - from, asleepMs: 0, offMs: 0, noDataMs: 0, gaps: [] },
      metrics: [
        {
          series,
          kind: null,
          title: name,
          unit: 'none',
          sign: name,
          summary,
          p95: null,
          worst: { at: from, value: 3, alert: { id: '1', ruleName: name, severity: 'critical' } },
        },
      ],
      busiest: [
        {
          series,
          title: name,
          unit: 'none',
          means: Array.from({ length: 7 }, () => Array.from({ length: 24 }, () => 1)),
        },
      ],
      alerts: { count: 2, critical: 2, rules: [rule], isComplete: false },
      alertDays: {
        from: to - 7 * 86_400_000,
        days: [{ day: '2026-01-05', counts: { r: 2 } }],
        rules: [rule],
      },
      programs: [{ program: name, cpu: summary, memory: null }],
      failedDeliveries: [{ destination: name, count: 1, lastAt: from, error: name }],
    },
    system: [chart],
    processes: [chart],
    bands: [],
  };
}

test('no name becomes markup, a script, or a change of writing direction', () => {
  const sheet = alertSheet(contentOf(hostileText), english, paperTheme('DejaVu Sans'));
  for (const text of [reportPage(contentOf(hostileText), [], english), sheet]) {
    expect(text).not.toMatch(/<img|<script|onerror=alert\(1\)>|javascript:/);
    expect(text).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u001b]/);
    expect(text.isWellFormed()).toBe(true);
    expect(text).toContain('=HYPERLINK(&quot;http://x&quot;) &lt;img src=x onerror=alert(1)&gt;');
  }
});

test('refers to nothing outside of itself', () => {
  const page = reportPage(contentOf('box'), [], english);
  expect(page).not.toMatch(/<(script|link|img|iframe|object|base)\b|@import|\ssrc=|\shref=/);
  expect([...page.matchAll(/url\(([^)]*)\)/g)].every(([, where]) => where?.startsWith('#'))).toBe(true);
  expect(page).toContain("default-src 'none'");
});

test('what is not known is a dash', () => {
  const page = reportPage(contentOf('box'), [], english);
  expect(page).toMatch(/<td class="n">—<\/td>/);
});

test('keeps as many reports as it should, under the names that never change, and removes nothing of others', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-reports-'));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  const foreign = join(directory, 'report-20200101T000000Z-abcd');
  mkdirSync(foreign);
  writeFileSync(join(foreign, 'metrics_report.html'), 'mine');
  writeFileSync(join(directory, 'monitor.log'), 'mine');
  const made = [];
  for (let day = 0; day < 4; day++) {
    const content = contentOf('box');
    content.figures.madeAt = to + day * 86_400_000;
    made.push(await writeReport({ content, sparks: [], language: 'de', directory, keep: 2 }));
  }
  const kept = await keptReports(directory);
  expect(kept).toEqual([made[3], made[2]]);
  expect(readdirSync(directory).sort()).toEqual(
    [
      ...[
        'alerts.png',
        'metrics_report.html',
        'monitor.log',
        'process_metrics.png',
        'report-20200101T000000Z-abcd',
      ],
      ...['system_metrics.png', made[2]?.id, made[3]?.id],
    ].sort(),
  );
  expect(readFileSync(join(foreign, 'metrics_report.html'), 'utf8')).toBe('mine');
  const png = readFileSync(join(directory, 'system_metrics.png'));
  expect(png.subarray(1, 4).toString()).toBe('PNG');
  expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([1200, 600]);
  expect(kept[0]?.problem).toBe(null);
}, 60_000);

test('all that a page and its pictures say is in the one language, whatever happened', () => {
  const content = contentOf('β');
  const page = reportPage(content, [], new Format('de', 'Europe/Berlin'));
  expect(page).toContain('<html lang="de">');
  expect(page).toContain('<title>Bericht über β, 5. Jan. 2026, 01:00 bis 6. Jan. 2026, 01:00</title>');
  const isWord = (text: string) => /\p{L}{4}/u.test(text);
  const said = new Set(textsOf(reportPage(content, [], english)).filter(isWord));
  expect(said.size).toBeGreaterThan(50);
  // What is the same word in both.
  for (const same of ['Plimsoll', 'System']) said.delete(same);
  expect(textsOf(page).filter((text) => said.has(text))).toEqual([]);
  expect(textsOf(page)).toEqual(expect.arrayContaining(['Verfügbarkeit', 'Messgrößen', 'Mo', '5. Jan.']));
  const sheets = [systemSheet, processSheet, alertSheet].map((sheet) =>
    sheet(content, new Format('de', 'UTC'), paperTheme('DejaVu Sans')),
  );
  for (const sheet of sheets) expect(textsOf(sheet).filter((text) => said.has(text))).toEqual([]);
});

/** What is to be read in markup, and what is said to those who do not see it. */
function textsOf(markup: string): string[] {
  const body = markup.replace(/<style>.*?<\/style>/s, '');
  const labels = [...body.matchAll(/aria-label="([^"]*)"/g)].map(([, label]) => label ?? '');
  return [...body.split(/<[^>]*>/), ...labels].map((text) => text.trim()).filter((text) => text !== '');
}
