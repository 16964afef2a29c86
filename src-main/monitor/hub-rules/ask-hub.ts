import { resolve } from 'node:path';
import { z } from 'zod';
import { readAuthorities, authorityFileSchema } from '../../base/http/authority-file.ts';
import { httpRequest } from '../../base/http/client.ts';
import { httpHeadersSchema, resolvedHeaders } from '../../base/http/options.ts';
import { placeOf } from '../../base/http/url.ts';
import { strictJsonProblem } from '../../base/strict-json.ts';
import { redactor } from '../../base/redact.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import type { ErrorCode } from '../../contract/error.ts';
import { handedBytesAtMost, takenAnswerSchema } from '../../contract/hub-rules.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { DestinationSettings } from '../../contract/settings.ts';
import { addressUnder } from '../../deliveries/http-post.ts';

/** The options of a destination of the kind `hub` that say how to reach the hub. */
const hubSchema = z.object({
  url: z.string(),
  token: secretReferenceSchema.optional(),
  headers: httpHeadersSchema.optional(),
  authorityFile: authorityFileSchema.optional(),
});

/** A hub that rules are taken from. */
export type RuleHub = z.infer<typeof hubSchema>;

/** The hub that rules are taken from: that of the first destination that says so; null if none does. */
export function ruleHubIn(destinations: readonly DestinationSettings[]): RuleHub | null {
  const giver = destinations.find(({ enabled, takeRules }) => enabled && takeRules === true);
  return giver === undefined ? null : hubSchema.parse(giver);
}

/** A hub's answer: the unparsed rules, or that they are the same. */
export type HubAnswer = 'same' | { rules: unknown[]; tag: string | null };

const refusals: Record<number, { code: ErrorCode; advice: string }> = {
  401: { code: 'unauthorized', advice: 'Check the token: it may have been revoked, or have expired.' },
  403: { code: 'forbidden', advice: 'The token has to have the scope ingest and be bound to this host.' },
  404: { code: 'not_found', advice: 'Is this a Plimsoll hub, and does it receive from other machines?' },
};

/**
 * Asks a hub once for its rules for a host. `known` is the tag of the last answer. Throws a `PlimsollError` without any
 * secret.
 */
export async function askHub(
  hub: RuleHub,
  { host, known }: { host: string; known: string | null },
  { directory, secret }: { directory: string; secret: ResolveSecret },
  signal: AbortSignal,
): Promise<HubAnswer> {
  const { headers, secrets } = await resolvedHeaders(hub.headers, secret);
  const token = hub.token === undefined ? undefined : await secret(hub.token);
  const { authorityFile } = hub;
  const redact = redactor([...secrets, ...(token === undefined ? [] : [token])]);
  const url = new URL(addressUnder(hub.url, '/api/v1/agent/rules'));
  url.searchParams.set('host', host);
  const answer = await httpRequest({
    url: url.href,
    headers: { ...headers, accept: 'application/json', ...(known !== null && { 'if-none-match': known }) },
    ...(token !== undefined && { authorization: { token } }),
    privateAddresses: 'allowed',
    // A hub must not redirect agents to other addresses of their network.
    redirectsAtMost: 0,
    // Settings omit defaults, but the answer contains them.
    bytesAtMost: 2 * handedBytesAtMost,
    ...(authorityFile !== undefined && {
      authorities: [await readAuthorities(resolve(directory, authorityFile))],
    }),
    signal,
  });
  if (answer.status === 304 && known !== null) return 'same';
  const place = placeOf(answer.url);
  if (answer.status !== 200) {
    const { code, advice } = refusals[answer.status] ?? { code: 'unreachable', advice: '' };
    throw new PlimsollError(
      code,
      `${place} answered ${answer.status} when it was asked for rules. ${advice}`.trim(),
      {
        retry: true,
      },
    );
  }
  const { etag } = answer.headers;
  // Anything else in this header could be harmful.
  const tag = etag !== undefined && /^"[\w-]{1,64}"$/.test(etag) ? etag : null;
  return { rules: rulesIn(answer.body, place, redact), tag };
}

function rulesIn(body: Uint8Array, place: string, redact: (text: string) => string): unknown[] {
  const text = new TextDecoder().decode(body);
  const refuse = (why: string): PlimsollError =>
    new PlimsollError('unreadable', `What ${place} answered is no list of rules: ${redact(why)}.`, {
      retry: true,
    });
  const problem = strictJsonProblem(text);
  if (problem !== undefined) throw refuse(problem.what);
  const read = takenAnswerSchema.safeParse(JSON.parse(text));
  if (read.success) return read.data.rules;
  throw refuse(read.error.issues[0]?.message ?? messageOf(read.error));
}
