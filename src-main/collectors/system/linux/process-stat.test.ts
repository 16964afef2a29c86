import { expect, test } from 'vitest';
import { ProcessStat } from './process-stat.ts';

const bytes = Buffer.alloc(1024);
const stat = new ProcessStat(bytes);
const numbers = '1 7 7 0 -1 4194304 0 0 0 0 30 12 0 0 20 0 3 0 5000 900000 250';
const upTo38 = ' 0'.repeat(13);

function read(line: string): boolean {
  // The previous content is longer, as after the line of another process.
  bytes.fill('9');
  return stat.read(bytes.write(line));
}

test.each([
  'init',
  'a b',
  ') S 1 (',
  '((',
  'two\nlines',
  'é'.repeat(7),
  'kworker/u64:1-events_unbound_and_more',
])('a name may hold every byte: %j', (name) => {
  expect(read(`7 (${name}) S ${numbers}${upTo38} 17 0\n`)).toBe(true);
  expect(stat.name().toString()).toBe(name);
  expect([stat.isNamed(Buffer.from(name)), stat.isNamed(Buffer.from(`${name}x`))]).toEqual([true, false]);
  expect(stat).toMatchObject({
    ...{ status: 'sleeping', cpuTicks: 42, threads: 3, startTicks: 5000, residentPages: 250 },
    ...{ isKernelThread: false, isThread: false },
  });
});

test('another name of the same length is another name', () => {
  read(`7 (bash) S ${numbers}\n`);
  expect(stat.isNamed(Buffer.from('dash'))).toBe(false);
});

test('a thread that is not the first of its program has no signal to send at its end', () => {
  read(`7 (node) S ${numbers}${upTo38} -1 0\n`);
  expect(stat.isThread).toBe(true);
  // Kernels that write fewer fields do not report it.
  read(`7 (node) S ${numbers}\n`);
  expect(stat.isThread).toBe(false);
});

test('what is cut short, or no such line, or about one that is taken away, is nothing', () => {
  const line = `7 (node) S ${numbers}\n`;
  expect(read(line)).toBe(true);
  for (const cut of [0, 1, 5, 9, 10, 11, 30, line.length - ' 250\n'.length]) {
    expect([cut, read(line.slice(0, cut))]).toEqual([cut, false]);
  }
  expect(read(line.replace(' 7 7 ', ' 7 x '))).toBe(false);
  expect(read(line.replace('S', 'X'))).toBe(false);
  expect(read(line.replace('S', 'Z'))).toBe(true);
  expect(stat.status).toBe('zombie');
});
