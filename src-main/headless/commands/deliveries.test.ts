import { afterEach, beforeEach, expect, it } from 'vitest';
import type { Delivery } from '../../contract/delivery.ts';
import { openState } from '../../monitor/state/state.ts';
import { noChange } from '../../monitor/judging/track.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { Program } from '../../testing/program.ts';

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

const run = (...words: string[]) => program.run(['deliveries', ...words, '--data', program.data]);

/** Two mails were given up together, and one export arrived. */
function remember(): void {
  const state = openState(program.data);
  const delivery = (id: string, destination: string): Delivery => ({
    ...{ id, destination, alertId: 'alert-1', transition: 'firing', state: 'queued', attempts: 0 },
    ...{ createdAt: 1000, nextAt: 1000, finishedAt: null, receipt: null, error: null },
    ...{ messageId: null, together: 1 },
  });
  const deliveries = [delivery('d1', 'mail'), delivery('d2', 'mail'), delivery('d3', 'exports')];
  state.commit({
    ...noChange,
    deliveries: deliveries.map((each) => ({ delivery: each, message: exampleMessage({ id: each.id }) })),
  });
  state.deliveries.putTogether(['d1', 'd2'], 'm1');
  state.deliveries.markFailed(['d1', 'd2'], 2000, 3, 'wrong\u001b[2J password');
  state.deliveries.markSent(['d3'], 2000, 1, 'written');
  state.close();
}

it('lists what was given up, and tries it again with all that goes in the same message', async () => {
  remember();
  const { out } = await run('list', '--state', 'failed');
  const [head, ...rows] = out.trimEnd().split('\n');
  expect(head).toMatch(/^ID +STATE +DESTINATION +DUE +WHAT +TRIED +SAID$/);
  expect(rows).toHaveLength(2);
  expect(rows[0]).toMatch(
    /failed +mail +1970-01-01T00:00:01\.000Z +firing, with 1 more +3 +wrong\S*\[2J password$/,
  );
  expect(out).not.toContain('\u001b');
  const listed = JSON.parse((await run('list', '--json')).out) as { deliveries: Delivery[] };
  expect(listed.deliveries.map(({ id }) => id)).toEqual(['d3', 'd2', 'd1']);

  expect((await run('retry', 'd2')).error).toContain('2 deliveries are on the way again.');
  expect((await run('retry', 'd2')).error).toContain('was not given up: it is queued');
  expect((await run('retry', 'mail')).error).toContain('Nothing was given up there.');
  expect((await run('list', '--state', 'failed')).out).toContain('There is no delivery.');
});

it('tries all again that was given up to a destination', async () => {
  remember();
  expect(await run('retry', 'mail')).toMatchObject({
    code: 0,
    error: expect.stringContaining('2 deliveries'),
  });
});
