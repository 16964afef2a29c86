import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createCanvas, loadImage } from '@napi-rs/canvas';
import { simpleParser } from 'mailparser';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { CommandLine } from '../testing/command-line.ts';
import { mailServer } from '../testing/mail-server.ts';
import { seedHistory } from '../testing/seeded-history.ts';
import { hostname } from 'node:os';

let line: CommandLine;
beforeEach(() => (line = new CommandLine()));
afterEach(() => line.close());

/** How many pixels of a picture have nearly this colour. */
async function pixelsLike(png: Uint8Array, [red, green, blue]: [number, number, number]) {
  const image = await loadImage(Buffer.from(png));
  const canvas = createCanvas(image.width, image.height);
  const context = canvas.getContext('2d');
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, image.width, image.height);
  let count = 0;
  for (let at = 0; at < data.length; at += 4) {
    const far = [red, green, blue].map((part, place) => Math.abs(part - (data[at + place] ?? 0)));
    if (Math.max(...far) < 24) count++;
  }
  return { count, size: [image.width, image.height] };
}

test('the mail of an alert has its chart inline, with the lines of the series, the rule and the firing', async () => {
  const now = Date.now();
  await seedHistory(
    line.data,
    Array.from({ length: 360 }, (_, index) => ({
      ...{ host: hostname(), source: 'memory', at: now - (361 - index) * 10_000, durationMs: 1, error: null },
      samples: [{ metric: 'memory_percent', labels: {}, value: 30 + (index % 40) }],
    })),
  );
  const mail = await mailServer();
  const config = join(line.home, 'plimsoll.yaml');
  writeFileSync(
    config,
    `version: 1
sources:
  - { name: memory, kind: memory, intervalSeconds: 1 }
rules:
  - { id: some, name: Some memory is used, source: memory, metric: memory_percent, comparison: greater_than, threshold: 0.5 }
destinations:
  - { name: mail, kind: email, host: 127.0.0.1, port: ${mail.port}, security: plain, from: p@example.org, to: [o@example.org] }
`,
  );
  await line.start(['--port', '0', '--config', config]);
  await expect.poll(() => mail.taken.length, { timeout: 30_000 }).toBe(1);
  const raw = mail.taken[0]?.raw ?? '';
  const { html, text, attachments } = await simpleParser(raw, { skipImageLinks: true });
  const inline = attachments.find(({ cid }) => cid === 'chart@plimsoll');
  expect(inline).toMatchObject({ contentType: 'image/png', contentDisposition: 'inline', related: true });
  expect(attachments.map(({ contentType }) => contentType).sort()).toEqual([
    ...['application/json', 'image/png', 'text/csv'],
  ]);
  expect(html).toMatch(
    /<img src="cid:chart@plimsoll" width="600" alt="Memory on [^"]+: between [^"]+, the line at 0\.5 %; fired at [^"]+"/,
  );
  expect(text).toMatch(/^Chart: Memory on /m);
  const png = inline?.content ?? Buffer.alloc(0);
  if (process.env['PLIMSOLL_PICTURES'] !== undefined)
    writeFileSync(join(process.env['PLIMSOLL_PICTURES'], 'mail-chart.png'), png);
  // The colours of the series, of the threshold and of the firing, and the background.
  const course = await pixelsLike(png, [0x1b, 0x6f, 0xa8]);
  expect(course.size).toEqual([1200, 400]);
  expect(course.count).toBeGreaterThan(1000);
  expect((await pixelsLike(png, [0xa3, 0x5c, 0x00])).count).toBeGreaterThan(300);
  expect((await pixelsLike(png, [0xff, 0xff, 0xff])).count).toBeGreaterThan(200_000);
}, 60_000);
