import { z } from 'zod';
import { httpUrlSchema } from '../../base/http/options.ts';
import type { Message } from '../../contract/delivery.ts';
import type { PlimsollError } from '../../contract/error.ts';
import { alertHostName } from '../../contract/host-name.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { briefOf, onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import { fitted } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { addressUnder, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';
import { judgedValueText, oneLine } from '../words.ts';

const options = z.strictObject({
  routingKey: secretReferenceSchema.meta({
    title: 'Integration key',
    description: 'The key of an integration “Events API v2” of a service, 32 characters.',
    secret: true,
  }),
  server: httpUrlSchema.default('https://events.pagerduty.com').meta({
    title: 'Server',
    description: 'https://events.eu.pagerduty.com for accounts in the European region.',
  }),
  plimsollUrl: plimsollUrlSchema,
  onResolve: onResolveSchema.meta({
    title: 'Also when it is over',
    description: 'Resolve the incident when the alert resolves.',
  }),
});

type Action = 'trigger' | 'acknowledge' | 'resolve';

export const pagerduty = defineDestination<z.infer<typeof options>>({
  kind: 'pagerduty',
  title: 'PagerDuty',
  description: 'Opens an incident in PagerDuty for each alert, and resolves it when the alert is over.',
  role: 'announce',
  hearsAcknowledged: true,
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  // Each alert is sent by itself: an incident is resolved by the key that opened it.
  open: ({ routingKey, server, plimsollUrl }, { secret, trace }) => {
    const enqueue = async (action: Action, message: Message, signal: AbortSignal) => {
      const key = await secret(routingKey);
      const answer = await postJson({
        url: addressUnder(server, '/v2/enqueue'),
        isUrlSecret: false,
        secrets: [key],
        payload: { routing_key: key, ...eventOf(action, message, plimsollUrl) },
        signal,
        trace,
      });
      if (answer.status !== 202) throw pagerdutyError(answer);
    };
    return {
      async deliver(message, signal) {
        const action = actionOf(message);
        await enqueue(action, message, signal);
        if (!message.test) return receipts[action];
        // A test notifies somebody, who should not have to resolve it.
        await enqueue('resolve', message, signal);
        return 'PagerDuty took the test, and that it is over.';
      },
    };
  },
});

const receipts: Record<Action, string> = {
  trigger: 'PagerDuty took the alert.',
  acknowledge: 'PagerDuty took that somebody knows of the alert.',
  resolve: 'PagerDuty took that the alert is over.',
};

/** An acknowledged alert stays acknowledged, unless it became worse. */
function actionOf({ alert, transition: { to, announcement } }: Message): Action {
  if (to === 'resolved') return 'resolve';
  return alert.acknowledgedAt !== null && announcement.reason !== 'more_severe' ? 'acknowledge' : 'trigger';
}

/** PagerDuty accepts 1,024 characters of a summary and 255 of a key. */
const summaryRoom = { atMost: 1000 };
const detailRoom = { atMost: 1000 };
const nameRoom = { atMost: 250 };

function eventOf(action: Action, message: Message, plimsollUrl: string | undefined): object {
  const { alert, transition, test } = message;
  const event = { event_action: action, dedup_key: fitted(`plimsoll-${alert.id}`, nameRoom) };
  if (action !== 'trigger') return event;
  const { headline, sections, reasons, link } = briefOf(message, plimsollUrl);
  const name = (text: string) => fitted(oneLine(text), nameRoom);
  const details = [
    ['What', sections.flatMap(({ lines }) => lines).join(' ')],
    ['Value', judgedValueText(message, transition.value ?? alert.lastValue)],
    ...reasons,
  ] as const;
  return {
    ...event,
    payload: {
      summary: fitted(`${headline} (${oneLine(alertHostName(alert))})`, summaryRoom),
      source: name(alert.series.host),
      severity: test ? 'info' : alert.severity,
      timestamp: new Date(transition.at).toISOString(),
      component: name(alert.series.source),
      class: name(alert.series.metric),
      custom_details: Object.fromEntries(details.map(([title, said]) => [title, fitted(said, detailRoom)])),
    },
    client: 'Plimsoll',
    ...(link !== null && { client_url: link.url, links: [{ href: link.url, text: link.words }] }),
  };
}

/** developer.pagerduty.com/docs/events-api-v2, "Response codes & retry logic". */
function pagerdutyError(answer: PostAnswer): PlimsollError {
  if (answer.status === 400)
    return refusal(
      answer,
      'Check the integration key: it is that of an integration “Events API v2”, from the same region as the server.',
    );
  return refusal(
    answer,
    answer.status === 404 ? 'Check the server: it is no Events API of PagerDuty.' : undefined,
  );
}
