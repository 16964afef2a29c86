import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { HandClock } from '../testing/hand-clock.ts';
import { DiskSpace, mostInLog } from './disk-space.ts';
import type { Room } from './disk-space.ts';

const megabyte = 1024 * 1024;

async function begin(freeMegabytes: number, totalMegabytes = 100_000) {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-space-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  const clock = new HandClock();
  const room: Room = { freeBytes: freeMegabytes * megabyte, totalBytes: totalMegabytes * megabyte };
  const space = new DiskSpace(directory, clock, () => ({ ...room }));
  const ballast = join(directory, 'history.ballast');
  const withFree = async (megabytes: number) => {
    room.freeBytes = megabytes * megabyte;
    await clock.turn(1000);
    return space.whyNotToWrite()?.code;
  };
  await withFree(freeMegabytes);
  return { space, clock, ballast, withFree };
}

test('history stops while there is still room, and goes on when there is clearly enough again', async () => {
  const { space, withFree } = await begin(500);
  expect(await withFree(64)).toBeUndefined();
  expect(await withFree(63)).toBe('disk_full');
  expect(space.whyNotToWrite()).toMatchObject({ retry: true });
  expect(space.whyNotToWrite()?.message).toContain('63 MB left, and below 64 MB');
  expect(await withFree(70)).toBe('disk_full');
  expect(await withFree(80)).toBeUndefined();
});

test('a small disk has a small reserve', async () => {
  const { withFree } = await begin(24, 24);
  expect(await withFree(1.3)).toBeUndefined();
  expect(await withFree(1.1)).toBe('disk_full');
});

test('the ballast takes room while there is plenty, is given up when nearly nothing is left, and comes back', async () => {
  const { space, ballast, withFree } = await begin(500);
  expect(statSync(ballast).size).toBe(16 * megabyte);
  await withFree(20);
  expect([existsSync(ballast), space.isNearlyFull]).toEqual([true, false]);
  await withFree(3);
  expect([existsSync(ballast), space.isNearlyFull]).toEqual([false, true]);
  await withFree(90);
  expect(existsSync(ballast)).toBe(false);
  await withFree(97);
  expect(existsSync(ballast)).toBe(true);
});

test('a quota that the system does not tell of has the ballast given up for a while', async () => {
  const { space, clock, ballast, withFree } = await begin(500);
  space.foundFull();
  await withFree(500);
  expect(existsSync(ballast)).toBe(false);
  await clock.turn(10 * 60_000);
  await withFree(500);
  expect(existsSync(ballast)).toBe(true);
});

test('many that ask at once have the system asked once, where there is plenty; and again when a disk was found full', async () => {
  const clock = new HandClock();
  let [asked, freeBytes] = [0, 1000 * megabyte];
  const space = new DiskSpace('/nowhere', clock, () => {
    asked++;
    return { freeBytes, totalBytes: 2000 * megabyte };
  });
  for (let time = 0; time < 10; time++) space.whyNotToWrite();
  expect(asked).toBe(1);
  await clock.turn(50);
  space.whyNotToWrite();
  expect(asked).toBe(2);
  space.foundFull();
  space.whyNotToWrite();
  expect(asked).toBe(4);
  freeBytes = 100 * megabyte;
  await clock.turn(50);
  for (let time = 0; time < 3; time++) space.whyNotToWrite();
  expect(asked).toBe(7);
});

test('where the system tells nothing, nothing is held back', () => {
  const space = new DiskSpace('/nowhere', new HandClock(), () => undefined);
  expect([space.whyNotToWrite(), space.isNearlyFull]).toEqual([undefined, false]);
});

test('on a small disk the log becomes part of the file sooner, and the file grows by less than the reserve at once', () => {
  const sized = (megabytes: number) => () => ({ freeBytes: 0, totalBytes: megabytes * megabyte });
  expect(mostInLog('', sized(100_000))).toBe(4 * megabyte);
  expect(mostInLog('', () => undefined)).toBe(4 * megabyte);
  expect(mostInLog('', sized(200))).toBe((10 * megabyte) / 8);
  expect(mostInLog('', sized(4))).toBe(megabyte / 8);
});
