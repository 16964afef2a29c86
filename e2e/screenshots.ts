// Takes the README's pictures from the running application: npm run screenshots, or only some: npm run screenshots -- explore report
//
// It watches this machine for a minute under a load that comes and goes. Only the day before, which a fresh start does not
// have, is made up, and lies in the history when it begins.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { availableParallelism, hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { chromium } from '@playwright/test';
import type { Browser, Page } from '@playwright/test';
import config from '../playwright.config.ts';
import { inColumns } from '../src-main/contract/columns.ts';
import { systemClock } from '../src-main/base/clock.ts';
import type { KeptReport, ReportStanding } from '../src-main/contract/report.ts';
import type { Measurement } from '../src-main/contract/sample.ts';
import { openHistory } from '../src-main/history/open.ts';
import { sampleThisMachine } from '../src-main/monitor/take-sample.ts';
import { HeadlessPlimsoll } from './headless-door.ts';
import { calmSettings } from './settings.ts';
import type { Wanted } from './settings.ts';

const wanted = process.argv.slice(2);
const takes = (name: string): boolean => wanted.length === 0 || wanted.includes(name);
/** What shows the made-up day needs no load. */
const isQuiet = wanted.length > 0 && wanted.every((name) => name === 'explore' || name === 'report');

/** Pictures of views that are about a chart. */
const charted: readonly string[] = ['alerts', 'rule-editor', 'explore'];

const target = join(import.meta.dirname, '../docs/images');
const minute = 60_000;
const hour = 60 * minute;

const limit = { comparison: 'greater_than', cooldownSeconds: 60 } as const;
const percent = (kind: string) => ({ source: kind, metric: `${kind}_percent` });
const settings: Wanted = {
  ...calmSettings({ monitoring: { checkIntervalSeconds: 1 } }),
  sources: ['cpu', 'memory', 'disk', 'network'].map((kind) => ({ name: kind, kind, intervalSeconds: 1 })),
  rules: [
    {
      ...limit,
      ...percent('cpu'),
      id: 'cpu-high',
      name: 'CPU above 80 %',
      threshold: 80,
      consecutiveViolations: 4,
    },
    { ...limit, ...percent('memory'), id: 'memory-high', name: 'Memory above 85 %', threshold: 85 },
    {
      ...limit,
      ...percent('memory'),
      id: 'memory-full',
      name: 'Memory nearly full',
      threshold: 95,
      severity: 'critical',
    },
    { ...limit, ...percent('disk'), id: 'disk-high', name: 'Disk above 90 %', threshold: 90 },
  ],
};

/** A number between −1 and 1 that looks random and is always the same. */
const noise = (seed: number): number => {
  const wave = Math.sin(seed * 12.9898) * 43758.5453;
  return 2 * (wave - Math.floor(wave)) - 1;
};

/** A day as an office machine has it, ending at what the machine measures now. Returns when it begins and ends. */
async function makeUpYesterday(directory: string): Promise<{ from: number; to: number }> {
  const host = hostname();
  const now = await sampleThisMachine({ seconds: 1, host, clock: systemClock });
  const { store } = await openHistory(directory, systemClock);
  const end = Date.now();
  const [slept, woke] = [end - 15 * hour, end - 9 * hour];
  /** What Plimsoll says of itself is how it is known that it watched. */
  const own = (at: number, metric: string, value: number) =>
    store.append([{ host, source: 'plimsoll', at, columns: [{ metric, labels: {} }], values: [value] }]);
  own(woke, 'time_lost_seconds', (woke - slept) / 1000);
  for (let at = end - 24 * hour; at < end - 2000; at += 15_000) {
    const age = (end - at) / hour;
    if (at > slept && at < woke) continue;
    own(at, 'running_seconds', (at - end) / 1000 + 3 * 86_400);
    const peak =
      Math.sin(at / (9 * minute)) + Math.sin(at / (31 * minute)) + Math.sin(at / (83 * minute)) > 2.1;
    const busy =
      0.5 + 0.3 * Math.sin(at / (47 * minute)) + 0.2 * Math.sin(at / (19 * minute)) + (peak ? 1.7 : 0);
    const made = ({ metric, labels, value }: Measurement): Measurement => {
      if (metric === 'cpu_percent' || metric === 'cpu_core_percent')
        value = Math.min(96, 9 + 26 * busy + 6 * noise(at / 1000 + Number(labels['core'] ?? 0)));
      else if (metric.startsWith('bytes_'))
        value = Math.max(0, 2e5 + 9e5 * busy * busy + 1.5e5 * noise(at / 700));
      else if (metric === 'memory_percent')
        value += 5 * busy * Math.min(1, age) + 0.4 * noise(at / 900) * Math.min(1, age);
      else if (metric === 'disk_percent') value -= 0.05 * age;
      // Nothing of a machine in use stands still for a day.
      else value *= 1 + 0.15 * noise(at / 800 + metric.length);
      return { metric, labels, value: Math.round(value * 100) / 100 };
    };
    store.append(
      now.map(({ source, samples }) =>
        inColumns({ host, source, at, durationMs: 1, samples: samples.map(made), error: null }),
      ),
    );
  }
  store.close();
  return { from: end - 24 * hour, to: end };
}

/** Keeps every core busy for so long. It ends by itself, whatever happens here. */
async function load(ms: number): Promise<void> {
  const burn = `const end = Date.now() + ${ms}; while (Date.now() < end);`;
  const burners = Array.from({ length: availableParallelism() }, () => spawn(process.execPath, ['-e', burn]));
  await Promise.all(burners.map((burner) => once(burner, 'exit')));
}

async function picture(page: Page, name: string, fragment: string): Promise<void> {
  if (!takes(name)) return;
  await page.evaluate((hash) => void (location.hash = hash), fragment);
  await page.getByRole('heading', { level: 1 }).waitFor();
  // On a busy machine a chart comes late, and before it there is nothing.
  if (charted.includes(name)) await page.locator('main canvas').first().waitFor();
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
    // A chart is drawn anew for its colours, and has to have been asked for first.
    await page.waitForLoadState('networkidle', { timeout: 1500 }).catch(() => undefined);
    await pause(700);
    await page.locator('.asking').first().waitFor({ state: 'detached' });
    await page.screenshot({ path: join(target, `${name}-${colorScheme}.png`), animations: 'disabled' });
  }
}

/** The head of the report of that day, as a browser opens the file. */
async function reportPicture(browser: Browser, day: { from: number; to: number }): Promise<void> {
  if (!takes('report')) return;
  // A busy machine takes longer for it than an answer may take: then it is there a little later, or what was answered is thrown.
  let refusal: unknown;
  await running
    .api('reports', 'POST', { ...day, language: 'en' })
    .catch((thrown: unknown) => (refusal = thrown));
  const until = Date.now() + 120_000;
  let made: KeptReport | undefined;
  while (made === undefined) {
    await pause(200);
    [made] = (await running.api<ReportStanding>('reports')).reports;
    if (made === undefined && Date.now() > until) throw new Error('no report was made', { cause: refusal });
  }
  const { id } = made;
  const page = await browser.newPage({ viewport: { width: 1100, height: 1000 }, deviceScaleFactor: 1 });
  await page.goto(pathToFileURL(join(running.dataDirectory, 'reports', id, 'metrics_report.html')).href);
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme });
    await page.screenshot({ path: join(target, `report-${colorScheme}.png`) });
  }
  await page.close();
}

/** The five states as they stand in a panel, each with its name. */
async function trayPicture(page: Page): Promise<void> {
  const names = {
    ok: 'all below the line',
    warning: 'warning',
    critical: 'critical',
    unknown: 'no data',
    paused: 'paused',
  };
  for (const [panel, paper, ink] of [
    ['light', '#eceff1', '#1d2733'],
    ['dark', '#1e2125', '#eef2f5'],
  ] as const) {
    const icons = Object.entries(names).map(([state, name]) => {
      const file = join(import.meta.dirname, `../resources/icons/tray/linux/${state}-${panel}-48.png`);
      return `<figure><img width="24" src="data:image/png;base64,${readFileSync(file, 'base64')}"><figcaption>${name}</figcaption></figure>`;
    });
    await page.setContent(
      `<style>body{margin:0;display:flex;gap:36px;justify-content:center;padding:14px;background:${paper};color:${ink};` +
        `font:13px system-ui,sans-serif}figure{margin:0;display:flex;gap:9px;align-items:center}</style>${icons.join('')}`,
    );
    await page.screenshot({ path: join(target, `tray-${panel}.png`) });
  }
}

mkdirSync(target, { recursive: true });
const running = new HeadlessPlimsoll(settings);
const { executablePath, args } = config.use?.launchOptions ?? {};
const browser = await chromium.launch({
  ...(args === undefined ? {} : { args }),
  ...(executablePath === undefined ? {} : { executablePath }),
});
try {
  const day = await makeUpYesterday(running.dataDirectory);
  await running.start();
  const context = await browser.newContext({
    locale: 'en-GB',
    viewport: { width: 1400, height: 900 },
    deviceScaleFactor: 1,
  });
  const page = await context.newPage();
  await page.goto(running.printedAddress);
  let burning: Promise<void> | undefined;
  let alertId = '';
  if (!isQuiet) {
    await load(9000);
    // A machine that others keep busy does not calm down: its alert then simply goes on.
    await running.statusWhen('calm down', ({ alerts }) => alerts.length === 0, 20_000).catch(() => undefined);
    // Until the cooldown is over, so that the next one is announced.
    await pause(60_000);
    burning = load(45_000);
    await running.statusWhen('fire', ({ alerts }) => alerts.length > 0, 20_000);
    await pause(12_000);
    alertId = (await running.status()).alerts[0]?.id ?? '';
  }
  await picture(page, 'overview', '#/overview');
  await picture(page, 'alerts', `#/alerts/${alertId}`);
  await picture(page, 'rule-editor', '#/rules/cpu-high');
  await picture(page, 'sources', '#/sources');
  await picture(page, 'destinations', '#/destinations');
  await picture(page, 'settings', '#/settings');
  await picture(
    page,
    'explore',
    // The day itself, and not up to now: what a minute of load looks like says nothing of Explore.
    `#/explore?s=cpu.cpu_percent*memory.memory_percent*network.bytes_recv_per_sec&from=${day.from}&to=${day.to - 5000}`,
  );
  await reportPicture(browser, day);
  await page.setViewportSize({ width: 390, height: 844 });
  await picture(page, 'narrow', '#/overview');
  await page.setViewportSize({ width: 360, height: 520 });
  await picture(page, 'popover', '#/popover');
  if (takes('tray')) {
    const panel = await browser.newPage({ viewport: { width: 760, height: 52 }, deviceScaleFactor: 2 });
    await trayPicture(panel);
  }
  await burning;
  await running.stop();
} finally {
  await browser.close();
  await running.discard();
}
