import type { StageName, Status } from '../src-main/contract/status.ts';
import { expect, test } from './door.ts';
import type { Door } from './door.ts';
import { calmSettings, crossedSettings } from './settings.ts';

const stageOf = (status: Status, name: StageName) => status.stages.find(({ stage }) => stage === name)!;

/** Ends a stage's process once, the hard way, and waits until that was noticed. */
async function killStage(door: Door, name: StageName): Promise<Status> {
  const before = await door.statusWhen(`run its ${name}`, (status) => {
    const { state, pid } = stageOf(status, name);
    return state === 'running' && pid !== null;
  });
  const { pid, deaths } = stageOf(before, name);
  process.kill(pid!, 'SIGKILL');
  return door.statusWhen(`notice that its ${name} died`, (status) => stageOf(status, name).deaths > deaths);
}

for (const [name, restarting, down, meaning] of [
  [
    'collectors',
    'Sampling is being restarted',
    'Sampling has stopped',
    'Nothing is measured, and no new alert can arise, until it runs again.',
  ],
  [
    'history',
    'The history is being restarted',
    'The history has stopped',
    'Sampling and alerts go on; charts show only what this window has seen.',
  ],
] as const) {
  test.describe(`${name} killed`, () => {
    test.use({ plimsoll: { settings: crossedSettings() } });

    test('the window says what happened, and Try again mends it', async ({ door }) => {
      // What was being asked when the history died is answered so, and asked again.
      door.tolerate(/status of 503/);
      const { page } = door;
      await door.statusWhen('fire', (status) => status.alerts.length === 1);
      await door.enter();
      const main = page.getByRole('main');
      // A death is shown for as long as the restart takes, which gets longer each time.
      const noticed = page.evaluate(
        (words) =>
          new Promise<boolean>((resolve) => {
            const look = (): void => {
              if (document.querySelector('main')?.textContent.includes(words) === true) resolve(true);
            };
            new MutationObserver(look).observe(document.body, { subtree: true, childList: true });
          }),
        restarting,
      );
      for (let death = 1; death <= 5; death += 1) await killStage(door, name);
      expect(await noticed).toBe(true);
      await expect(main.getByText(down, { exact: true }).first()).toBeVisible();
      await expect(main.getByText(meaning)).toBeVisible();
      await expect(main.getByText('It ended 5 times within five minutes, last by SIGKILL.')).toBeVisible();
      await expect(main.getByRole('article', { name: 'Memory too full' })).toBeVisible();

      const { firedAt } = (await door.status()).alerts[0]!;
      await page.getByRole('button', { name: 'Try again' }).click();
      await expect(main.getByText(meaning)).toHaveCount(0);
      const healed = await door.statusWhen('heal', (status) => stageOf(status, name).state === 'running');
      expect(healed.alerts.map((alert) => alert.firedAt)).toEqual([firedAt]);
      await expect(page.getByRole('heading', { name: '1 line crossed' })).toBeVisible();
    });
  });
}

test('while the history is away a window does not keep asking for it', async ({ door }) => {
  door.tolerate(/status of 503/);
  const { page } = door;
  await door.enter();
  for (let death = 1; death <= 5; death += 1) await killStage(door, 'history');
  let asked = 0;
  page.on('request', (request) => void (asked += request.url().includes('/api/v1/history') ? 1 : 0));
  await page.reload();
  const memory = page.getByRole('meter', { name: 'Memory' });
  await expect(memory).toHaveAttribute('aria-valuetext', /\d\s%/);
  const { sources } = await door.status();
  const begun = sources[0]?.lastSuccessAt ?? 0;
  await door.statusWhen(
    'sample ten times',
    (status) => (status.sources[0]?.lastSuccessAt ?? 0) - begun >= 5000,
  );
  expect(asked).toBeLessThanOrEqual(2 * sources.length);
});

test.describe('the server is gone', () => {
  test.use({ plimsoll: { settings: calmSettings() } });

  test('values stay, greyed, with the time they are from; when it is back, they live again', async ({
    door,
  }) => {
    door.tolerate(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
    const { page } = door;
    await door.enter();
    const memory = page.getByRole('meter', { name: 'Memory' });
    await expect(memory).toHaveAttribute('aria-valuetext', /\d\s%/);
    const opacity = (): Promise<number> =>
      page.locator('main .view').evaluate((view) => Number(getComputedStyle(view).opacity));
    expect(await opacity()).toBe(1);

    await door.stop();
    await expect(page.getByRole('status').filter({ hasText: 'Connection lost' })).toContainText(
      /Values as of \d+:\d\d/,
    );
    await expect(page).toHaveTitle('Connection lost · Plimsoll');
    await expect(page.locator('link[rel="icon"]')).toHaveAttribute('href', /unknown/);
    await expect(memory).toHaveAttribute('aria-valuetext', /\d\s%/);
    await expect.poll(async () => (await opacity()) < 1 || (await greyed(door))).toBe(true);

    await door.restart();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(page.getByText('Connection lost')).toHaveCount(0);
    await expect(page.getByRole('heading', { name: 'All below the line' })).toBeVisible();
    await expect(page).toHaveTitle('All below the line · Plimsoll');
    await expect(page.getByText(/sampled [01]\ss ago/)).toBeVisible();
  });
});

test.describe('the server is killed while an alert fires', () => {
  test.use({ plimsoll: { settings: crossedSettings() } });

  test('after its return the window shows the same alert, announced once', async ({ door }) => {
    door.tolerate(/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE/);
    const { page } = door;
    await door.enter();
    const heading = page.getByRole('heading', { name: '1 line crossed' });
    await expect(heading).toBeVisible();
    const [before] = (await door.status()).alerts;

    await door.kill();
    await expect(page.getByText('Connection lost')).toBeVisible();
    await expect(page.getByRole('article', { name: 'Memory too full' })).toBeVisible();
    await door.restart();
    await page.evaluate(() => window.dispatchEvent(new Event('online')));
    await expect(page.getByText('Connection lost')).toHaveCount(0);
    await expect(heading).toBeVisible();
    await page.getByRole('link', { name: 'Why?' }).click();
    await expect(page).toHaveURL(new RegExp(before!.id));
    const moved = page
      .locator('section')
      .filter({ has: page.getByRole('heading', { name: 'What happened' }) });
    await expect(moved.getByRole('listitem')).toHaveCount(1);
    const [after] = (await door.status()).alerts;
    expect(after).toMatchObject({ id: before!.id, since: before!.since, firedAt: before!.firedAt });
  });
});

/** Whether what is stale is drawn with less colour. */
function greyed(door: Door): Promise<boolean> {
  return door.page
    .locator('main .view')
    .evaluate((view) => getComputedStyle(view).filter.includes('grayscale'));
}
