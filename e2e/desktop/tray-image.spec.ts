import { expect, test } from './test.ts';

/** `PLIMSOLL_CHANGES` makes it more, such as the 100,000 of `tray-image.test.ts`: two milliseconds each. */
const changeCount = Number(process.env['PLIMSOLL_CHANGES'] ?? 20_000);

test('many changes of state set the image at most once a second, and nothing is left open', async ({
  app,
}) => {
  test.setTimeout(300_000);
  await app.until('have a tray', async () => (await app.tray()) ?? undefined);
  const counted = await app.evaluate(async ({ BrowserWindow, ipcMain }, wanted) => {
    const handlers = (ipcMain as unknown as { _invokeHandlers: Map<string, (...args: unknown[]) => unknown> })
      ._invokeHandlers;
    const sender = BrowserWindow.getAllWindows()[0]!.webContents;
    const event = { sender, senderFrame: sender.mainFrame };
    const pause = (until: number | null) =>
      handlers.get('plimsoll:api')?.(event, {
        method: 'POST',
        path: '/api/v1/pause',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ until }),
      }) as Promise<{ status: number }>;
    await pause(null);
    const before = process.getActiveResourcesInfo().length;
    globalThis.desktopRecorder.forgetImageTimes();
    const startedAt = Date.now();
    let changes = 0;
    let failed = 0;
    for (; changes < wanted; changes += 1) {
      const { status } = await pause(changes % 2 === 0 ? Date.now() + 3_600_000 : null);
      if (status >= 300) failed += 1;
      if (changes % 500 === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    const seconds = (Date.now() - startedAt) / 1000;
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return { changes, failed, seconds, before, times: globalThis.desktopRecorder.tray()!.imageTimes };
  }, changeCount);
  const { changes, failed, seconds, before, times } = counted;
  console.log(`${changes} changes in ${seconds.toFixed(1)} s, the image was set ${times.length} times.`);
  expect(failed).toBe(0);
  expect(times.length).toBeGreaterThan(0);
  const gaps = times.slice(1).map((at, index) => at - times[index]!);
  // Timers may come a few milliseconds early by the wall clock.
  expect(gaps.filter((gap) => gap < 990)).toEqual([]);
  expect(times.length).toBeLessThanOrEqual(seconds + 3);
  // What was told to the windows meanwhile is still on its way to them; what leaks stays.
  await expect
    .poll(() => app.evaluate(() => process.getActiveResourcesInfo().length), { timeout: 60_000 })
    .toBeLessThanOrEqual(before + 3);

  await app.evaluate(() => globalThis.desktopRecorder.forgetImageTimes());
  const { at } = await app.status();
  await app.statusWhen('sample on', ({ sources }) =>
    sources.some(({ lastSuccessAt }) => (lastSuccessAt ?? 0) > at),
  );
  expect((await app.tray())!.imageTimes, 'the same state sets no image').toEqual([]);
});
