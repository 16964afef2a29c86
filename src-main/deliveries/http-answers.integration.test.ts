import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { testBadAnswers } from '../testing/bad-answers.ts';
import { exampleContext } from '../testing/example-context.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { httpCases, httpDestination, textsIn } from '../testing/http-destinations.ts';
import type { HttpDestination } from '../testing/http-destinations.ts';
import { ownTestOf } from '../testing/own-test.ts';
import { sampleDestinationKind } from './destination-kinds.ts';
import { timeText } from './words.ts';

const kinds = Object.keys(httpCases);
const folder = new URL('destinations', import.meta.url).pathname;

test('every kind that posts to the web is looked at here, or by its own test', () => {
  const posting = readdirSync(folder)
    .filter((name) => !name.includes('.test.'))
    .filter((name) => readFileSync(`${folder}/${name}`, 'utf8').includes('/http-post.ts'))
    .map((name) => name.replace(/\.ts$/, ''))
    // Destinations for samples are tested with real servers.
    .filter((kind) => sampleDestinationKind(kind) === undefined)
    .filter((kind) => !ownTestOf(kind).includes('testBadAnswers('));
  expect(posting.sort()).toEqual(kinds.toSorted());
});

for (const kind of kinds) testBadAnswers(kind);

/** Removes markup, so that words can be compared. */
function wordsIn({ received }: HttpDestination): string {
  return received
    .flatMap(({ payload }) => textsIn(payload))
    .join('\n')
    .replaceAll(/[\\\u2060*•]|<\/?b>/g, '')
    .replaceAll('&amp;', '&');
}

const announced = (reason: 'reminder' | 'downtime_over' | 'flapping' | 'snooze_over' | 'quiet_hours_over') =>
  ({ announcement: { decision: 'announce', reason } }) as const;
const acknowledged = { acknowledgedAt: Date.UTC(2026, 0, 5, 12), acknowledgedBy: 'Ann', note: 'on it' };
const over = { from: 'firing', to: 'resolved', reason: 'back_within', value: 12 } as const;

describe.each(kinds.filter((kind) => kind !== 'webhook'))('%s says in the words of all others', (kind) => {
  test.each([
    [
      'a firing',
      {},
      [
        'CPU above 80 %',
        `is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
      ],
    ],
    ['why it fired', { context: exampleContext() }, ['rustc CPU 4 → 310 % in 10 min']],
    ['a reminder', { transition: announced('reminder') }, ['Still firing: CPU above 80 %']],
    ['that it flaps', { transition: announced('flapping') }, ['Flapping: CPU', 'until it is stable.']],
    ['the end of a downtime', { transition: announced('downtime_over') }, ['because the downtime is over.']],
    ['the end of quiet hours', { transition: announced('quiet_hours_over') }, ['the quiet hours are over.']],
    ['a test', { test: true }, ['Test: CPU above 80 %']],
    ['a drill', { alert: { drill: true } }, ['DRILL: CPU above 80 %', 'Nothing is wrong']],
  ])('%s', async (_, changes, words) => {
    const service = await httpDestination(kind);
    expect(await service.deliver(exampleMessage(changes))).toMatchObject({ arrived: true });
    for (const word of words) expect(wordsIn(service)).toContain(word);
  });

  test('that somebody knows, and that it is over', async ({ skip }) => {
    if (kind === 'pagerduty') skip('an incident says both by what is done to it');
    const service = await httpDestination(kind);
    await service.deliver(exampleMessage({ alert: acknowledged }));
    await service.deliver(exampleMessage({ alert: { state: 'resolved' }, transition: over }));
    expect(wordsIn(service)).toContain(
      `Acknowledged by Ann at ${timeText(Date.parse('2026-01-05T12:00:00.000Z'))}: on it.`,
    );
    expect(wordsIn(service)).toContain('Over: CPU above 80 %');
    expect(wordsIn(service)).toContain(
      `was above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}, worst 91.5 %.`,
    );
  });

  test('what fired and recovered while nobody could be told, in one message', async ({ skip }) => {
    if (kind === 'pagerduty') skip('each alert is an incident of its own');
    const service = await httpDestination(kind);
    const at = Date.UTC(2026, 0, 5, 12, 4);
    const end = { alert: { state: 'resolved' as const, resolvedAt: at }, transition: { ...over, at } };
    const late = { ...exampleMessage(), late: true };
    expect(await service.deliverTogether([late, exampleMessage(end)])).toMatchObject({ arrived: true });
    expect(service.received).toHaveLength(1);
    expect(wordsIn(service)).toContain('Came and went: CPU above 80 %');
    expect(wordsIn(service)).toContain(
      `was above 80 % for 5 s, over since ${timeText(Date.parse('2026-01-05T12:04:00.000Z'))}`,
    );
    expect(wordsIn(service)).toContain(
      `Sent late: the oldest of it happened at ${timeText(Date.parse('2026-01-05T12:00:00.123Z'))}.`,
    );
  });
});
