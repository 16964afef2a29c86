/**
 * How long a chart of 4 × 100,000 points takes in Chromium, from the numbers to the pixels: `npm run bench:charts`. First draw, and a
 * live update in which every series gets a point more; ours next to uPlot in the same page. In ms: the fastest of 21 rounds, which is what
 * the work costs where nobody else wants the processor, and the median.
 */
import { cpus } from 'node:os';
import { chromium } from '@playwright/test';
import { build } from 'vite';
import config from '../playwright.config.ts';
import type { Drawn } from './charts-page.ts';

const built = await build({
  configFile: false,
  logLevel: 'error',
  build: {
    write: false,
    lib: { entry: new URL('charts-page.ts', import.meta.url).pathname, formats: ['iife'], name: 'bench' },
  },
});
const code = (Array.isArray(built) ? built : [built])
  .flatMap((one) => ('output' in one ? one.output[0].code : []))
  .at(0);
if (code === undefined) throw new Error('The page was not built.');

const { executablePath, args } = config.use?.launchOptions ?? {};
const browser = await chromium.launch({
  ...(executablePath !== undefined && { executablePath }),
  ...(args !== undefined && { args }),
});
try {
  const page = await browser.newPage({ viewport: { width: 1300, height: 400 } });
  await page.addScriptTag({ content: code });
  const drawn = await page.evaluate(() => window.benchCharts());
  console.log(
    `4 × 100,000 points, 1200 × 300 px, ${cpus()[0]?.model ?? 'unknown processor'}, Chromium ${browser.version()}`,
  );
  const best = (times: readonly number[]): number => times[0] ?? NaN;
  const middle = (times: readonly number[]): number => times[times.length >> 1] ?? NaN;
  const ms = (times: readonly number[]): string =>
    `${best(times).toFixed(1).padStart(6)} (median ${middle(times).toFixed(1)})`;
  for (const [name, { first, live, painted }] of Object.entries<Drawn>(drawn))
    console.log(`${name.padEnd(6)} first draw ${ms(first)}   live update ${ms(live)}   ${painted} pixels`);
  const ratio = (which: 'first' | 'live'): string =>
    (best(drawn.own[which]) / best(drawn.uPlot[which])).toFixed(2);
  console.log(`ratio  first draw ${ratio('first')}   live update ${ratio('live')}`);
} finally {
  await browser.close();
}
