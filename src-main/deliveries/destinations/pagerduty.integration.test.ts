import { describe, expect, test } from 'vitest';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { expectOutcome, httpDestination } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';
import { timeText } from '../words.ts';

const over = { alert: { state: 'resolved' }, transition: { to: 'resolved' } } as const;

describe('PagerDuty', () => {
  test('opens an incident with what is known', async () => {
    const { deliver, received } = await httpDestination('pagerduty', undefined, {
      plimsollUrl: 'https://plimsoll.example.org',
    });
    const context = exampleContext({ programs: undefined, others: [], host: {} });
    expect(await deliver(exampleMessage({ alert: { severity: 'critical' }, context }))).toEqual({
      arrived: true,
      receipt: 'PagerDuty took the alert.',
    });
    expect(received).toMatchObject([{ url: '/v2/enqueue' }]);
    expect(received[0]?.payload).toEqual({
      routing_key: 's3cret0f32characters0000000000ab',
      event_action: 'trigger',
      dedup_key: 'plimsoll-alert-1',
      payload: {
        summary: 'CPU above 80 % (anchor)',
        source: 'anchor',
        severity: 'critical',
        timestamp: '2026-01-05T12:00:00.123Z',
        component: 'cpu_usage',
        class: 'cpu_percent',
        custom_details: {
          What: `CPU (cpu_usage) on anchor is at 91.5 %, above 80 % since ${timeText(Date.parse('2026-01-05T11:59:55.123Z'))}.`,
          Value: '91.5 %',
          Rule: 'CPU (cpu_usage) above 80 % for 2 samples in a row → warning',
          'Last values': '88 %, 91.5 %',
        },
      },
      client: 'Plimsoll',
      client_url: 'https://plimsoll.example.org/#/alerts/alert-1',
      links: [{ href: 'https://plimsoll.example.org/#/alerts/alert-1', text: 'Open the alert' }],
    });
  });

  test('has one incident for an alert: repeated, acknowledged, worse and over under one key', async () => {
    const { deliver, received, destination } = await httpDestination('pagerduty');
    const acknowledged = { acknowledgedAt: 1, acknowledgedBy: 'Ann' };
    const announced = (reason: 'reminder' | 'downtime_over' | 'more_severe') => ({
      announcement: { decision: 'announce', reason } as const,
    });
    await deliver();
    await deliver(exampleMessage({ transition: announced('reminder') }));
    await deliver(exampleMessage({ alert: acknowledged, transition: announced('downtime_over') }));
    await deliver(exampleMessage({ alert: acknowledged, transition: announced('more_severe') }));
    await deliver(exampleMessage(over));
    expect(received.map(({ payload }) => payload)).toMatchObject(
      ['trigger', 'trigger', 'acknowledge', 'trigger', 'resolve'].map((action) => ({
        event_action: action,
        dedup_key: 'plimsoll-alert-1',
      })),
    );
    // A resolving event contains nothing but the key.
    expect(Object.keys(received.at(-1)?.payload ?? {})).toEqual(['routing_key', 'event_action', 'dedup_key']);
    // In a storm each alert must open its own incident.
    expect(destination.together).toBeUndefined();
  });

  test('a test is over at once, so that nobody has to close it', async () => {
    const { deliver, received } = await httpDestination('pagerduty');
    expect(await deliver(exampleMessage({ test: true }))).toMatchObject({
      receipt: expect.stringContaining('test'),
    });
    expect(received.map(({ payload }) => payload)).toMatchObject([
      { event_action: 'trigger', payload: { severity: 'info', summary: 'Test: CPU above 80 % (anchor)' } },
      { event_action: 'resolve' },
    ]);
  });

  test('gets names of any length within its limits', async () => {
    const { deliver, received } = await httpDestination('pagerduty');
    const long = hostileText.repeat(40);
    const series = { host: long, source: long, metric: long, labels: {} };
    await deliver(exampleMessage({ alert: { id: 'x'.repeat(400), ruleName: long, series } }));
    const { dedup_key: key, payload } = received[0]?.payload as {
      dedup_key: string;
      payload: { summary: string; source: string };
    };
    expect([key.length, payload.summary.length, payload.source.length]).toEqual([250, 1000, 250]);
  });
});

/**
 * “Response Codes & Retry Logic” and “Size Limits” (512 KB) in
 * https://github.com/PagerDuty/developer-docs/blob/main/docs/events-API-v2/01-Overview.md, the limit of 120 calls a minute in
 * https://github.com/PagerDuty/developer-docs/blob/main/docs/events-API-v2/05-Rate-Limits.md
 */
describe('what PagerDuty answers', () => {
  test.each<[Reply, Expected]>([
    [
      { status: 202, body: '{"status":"success","message":"Event processed","dedup_key":"k"}' },
      { arrived: 'PagerDuty took' },
    ],
    [{ body: '<html>' }, { 'given up': 'HTTP 200' }],
    [
      {
        status: 400,
        body: '{"status":"invalid event","message":"Event object is invalid","errors":["\'routing_key\' is invalid"]}',
      },
      { 'given up': 'Check the integration key' },
    ],
    [{ status: 404, body: 'Not Found' }, { 'given up': 'no Events API of PagerDuty' }],
    [{ status: 413 }, { 'given up': 'HTTP 413' }],
    [
      {
        status: 429,
        body: '{"status":"throttle exceeded","message":"Requests for this service are arriving too quickly."}',
      },
      { later: 'arriving too quickly' },
    ],
    [
      { status: 429, headers: { 'Retry-After': '60' } },
      { later: 'Retry-After: 60', waitMs: 60_000 },
    ],
    [{ status: 500 }, { later: 'HTTP 500' }],
    [{ status: 503 }, { later: 'HTTP 503' }],
  ])('%j', (reply, expected) => expectOutcome('pagerduty', reply, expected));
});
