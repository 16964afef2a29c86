import { describe, expect, test } from 'vitest';
import { exampleContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { expectOutcome, httpDestination, storm, textsIn } from '../../testing/http-destinations.ts';
import type { Expected, Reply } from '../../testing/http-destinations.ts';

interface Card {
  type: string;
  version: string;
  body: { type: string; inlines: { type: string; text: string }[] }[];
  actions?: unknown[];
}

function cardIn(payload: unknown): Card {
  const { attachments } = payload as { attachments: { contentType: string; content: Card }[] };
  const [attachment] = attachments;
  if (attachment?.contentType !== 'application/vnd.microsoft.card.adaptive') throw new Error('no card');
  return attachment.content;
}

function linesOf({ body }: Card): string[] {
  return body.map(({ inlines }) => inlines.map(({ text }) => text).join(''));
}

describe('Teams', () => {
  test('gets a card of plain runs of text, with why it fired and a link', async () => {
    const { deliver, received } = await httpDestination('teams', undefined, {
      plimsollUrl: 'https://plimsoll.example.org',
    });
    expect(await deliver(exampleMessage({ context: exampleContext() }))).toEqual({
      arrived: true,
      receipt: 'The workflow took the message and posts it to Teams.',
    });
    const payload = received[0]?.payload;
    expect(payload).toMatchObject({ type: 'message', summary: 'CPU above 80 %' });
    const card = cardIn(payload);
    expect(card).toMatchObject({
      type: 'AdaptiveCard',
      version: '1.4',
      actions: [
        {
          type: 'Action.OpenUrl',
          title: 'Open the alert',
          url: 'https://plimsoll.example.org/#/alerts/alert-1',
        },
      ],
    });
    expect(linesOf(card).map((line) => line.split(':')[0])).toEqual([
      '🟡 CPU above 80 %',
      expect.stringMatching(/^CPU \(cpu_usage\) on anchor is at 91.5 %, above 80 % since 5 Jan 2026, \d\d$/),
      'Rule',
      'Last values',
      'Busiest programs',
      'Out of the usual',
      'Host',
      expect.stringMatching(/^warning · 5 Jan 2026, \d\d$/),
    ]);
    // Only these elements show text unchanged.
    expect(new Set(card.body.map(({ type }) => type))).toEqual(new Set(['RichTextBlock']));
    expect(new Set(card.body.flatMap(({ inlines }) => inlines.map(({ type }) => type)))).toEqual(
      new Set(['TextRun']),
    );
  });

  test.each([
    ['short', 'names', false],
    ['hostile', hostileText, false],
    ['long', '名'.repeat(400), true],
  ])(
    'gets a thousand alerts with %s names within 20 KB, and hears what was left out',
    async (_, name, isCut) => {
      const { deliverTogether, received } = await httpDestination('teams');
      expect(await deliverTogether(storm(name))).toMatchObject({ arrived: true });
      expect(Buffer.byteLength(received[0]?.body ?? '')).toBeLessThanOrEqual(20_000);
      const lines = linesOf(cardIn(received[0]?.payload));
      expect(lines[0]).toBe('🔴 1,000 alerts on anchor: 1 critical, 999 warning');
      expect(lines.at(-1)).toBe('and 330 more alerts: 330 warning');
      expect(/^… and \d+ more lines$/.test(lines.at(-2) ?? '')).toBe(isCut);
      expect(textsIn(received[0]?.payload).join('')).not.toMatch(/\u202e|\u001b|\r/);
    },
  );

  test('has no link where nobody said how Plimsoll is reached', async () => {
    const { deliver, received } = await httpDestination('teams');
    await deliver();
    expect(cardIn(received[0]?.payload)).not.toHaveProperty('actions');
  });
});

/**
 * https://learn.microsoft.com/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using,
 * https://learn.microsoft.com/azure/logic-apps/logic-apps-http-endpoint,
 * https://learn.microsoft.com/azure/connectors/connectors-native-reqres
 */
describe('what a workflow answers', () => {
  const error = (code: string, message: string) => JSON.stringify({ error: { code, message } });
  test.each<[Reply, Expected]>([
    [{ status: 202 }, { arrived: 'The workflow took' }],
    // The connectors that workflows replaced.
    [{ body: '1' }, { arrived: 'Teams took' }],
    [
      {
        body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 429 with ContextId …',
      },
      { later: 'in place of taking the message' },
    ],
    [
      {
        body: 'Webhook message delivery failed with error: Microsoft Teams endpoint returned HTTP error 413 with ContextId …',
      },
      { 'given up': 'in place of taking the message' },
    ],
    [{ body: '<html>Sign in</html>' }, { 'given up': 'address is that of a workflow' }],
    [
      {
        status: 401,
        body: error('DirectApiAuthorizationRequired', 'The request must be authenticated only by …'),
      },
      { 'given up': 'lacks its signature' },
    ],
    [
      { status: 401, body: error('AuthorizationFailed', 'The authentication credentials are not valid.') },
      { 'given up': 'Copy its address anew' },
    ],
    [
      { status: 404, body: error('WorkflowNotFound', 'The workflow could not be found.') },
      { 'given up': 'The workflow was deleted' },
    ],
    [
      {
        status: 400,
        body: error('WorkflowTriggerIsNotEnabled', 'Could not execute workflow trigger … with state …'),
      },
      { 'given up': 'switched off' },
    ],
    [
      {
        status: 400,
        body: error('TriggerInputSchemaMismatch', 'The input body for trigger … did not match its schema'),
      },
      { 'given up': 'wants something else than a card' },
    ],
    [{ status: 413, body: '' }, { 'given up': 'HTTP 413' }],
    [
      {
        status: 429,
        headers: { 'Retry-After': '17' },
        body: error('TooManyRequests', 'Rate limit is exceeded.'),
      },
      { later: 'Retry-After: 17', waitMs: 17_000 },
    ],
    [
      {
        status: 502,
        body: error('NoResponse', 'The server did not receive a response from an upstream server.'),
      },
      { later: 'HTTP 502' },
    ],
  ])('%j', (reply, expected) => expectOutcome('teams', reply, expected));
});
