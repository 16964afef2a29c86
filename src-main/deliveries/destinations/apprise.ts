import { z } from 'zod';
import { httpUrlSchema } from '../../base/http/options.ts';
import { PlimsollError } from '../../contract/error.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import { onResolveSchema, plimsollUrlSchema } from '../brief.ts';
import type { Brief } from '../brief.ts';
import { briefText, fitted, plainText } from '../brief-text.ts';
import type { Markup } from '../brief-text.ts';
import { defineDestination } from '../destination-kind.ts';
import { forPeople } from '../for-people.ts';
import { addressUnder, postJson, refusal } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';

const options = z
  .strictObject({
    server: httpUrlSchema.meta({
      title: 'Server',
      description: 'The address of your Apprise API, such as http://127.0.0.1:8000.',
    }),
    key: secretReferenceSchema.optional().meta({
      title: 'Key',
      description:
        'The key under which the server keeps its services. Whoever knows it can read their passwords, so it is kept as a secret.',
      secret: true,
    }),
    urls: secretReferenceSchema.optional().meta({
      title: 'Addresses of services',
      description:
        'In place of a key: Apprise’s own addresses, such as pover://user@token, with commas between them.',
      secret: true,
    }),
    tag: z
      .string()
      .regex(/^[\w\-. ,|]{1,200}$/, 'must be letters, digits, - and _, with spaces or commas between several')
      .optional()
      .meta({ title: 'Tag', description: 'With a key: only the services that have this tag.' }),
    plimsollUrl: plimsollUrlSchema,
    onResolve: onResolveSchema,
  })
  .superRefine(({ key, urls, tag }, context) => {
    const problem = (path: string, message: string) =>
      context.addIssue({ code: 'custom', path: [path], message });
    if (key === undefined && urls === undefined)
      problem('key', 'is needed, or the addresses of services in its place');
    if (key !== undefined && urls !== undefined) problem('urls', 'take the place of a key: give one of them');
    if (tag !== undefined && key === undefined) problem('tag', 'goes with a key');
  });

export const apprise = defineDestination<z.infer<typeof options>>({
  kind: 'apprise',
  title: 'Apprise',
  description: 'Hands alerts to an Apprise API server, which knows more than a hundred services.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: ({ server, key: keyAt, urls: urlsAt, tag, plimsollUrl }, { secret, trace }) => {
    const partly = new PartlySent();
    const say = async (brief: Brief, signal: AbortSignal, id: string) => {
      const key = keyAt === undefined ? undefined : keyIn(await secret(keyAt));
      const urls = urlsAt === undefined ? undefined : await secret(urlsAt);
      const path = key === undefined ? '/notify/' : `/notify/${key}/`;
      const answer = await postJson({
        url: addressUnder(server, path),
        isUrlSecret: key !== undefined,
        isOwnServer: true,
        // Without this header it answers in HTML.
        headers: { Accept: 'application/json' },
        secrets: [...(key === undefined ? [] : [key]), ...(urls === undefined ? [] : addressesIn(urls))],
        payload: {
          ...(urls !== undefined && { urls }),
          ...(tag !== undefined && { tag }),
          ...payloadOf(brief),
        },
        signal,
        trace,
      });
      if (answer.status === 200) return 'Apprise handed the message to its services.';
      throw appriseError(answer, () => partly.isWorthAnother(id));
    };
    return forPeople(plimsollUrl, say);
  },
});

/** A key of any other form would lead elsewhere on the server. */
function keyIn(text: string): string {
  if (/^[\w-]{1,128}$/.test(text)) return text;
  throw new PlimsollError(
    'invalid_settings',
    'The key of Apprise is none: it has letters, digits, - and _. The server shows it above its configuration.',
  );
}

/** All together and each by itself, because an answer names the one that failed. */
function addressesIn(urls: string): string[] {
  return [urls, ...urls.split(/[\s,]+/).filter((url) => url.includes('://'))];
}

/** Counts how often only some of the services accepted the current message. */
class PartlySent {
  #id = '';
  #times = 0;

  /**
   * Services that accepted it get it again with every attempt. A few attempts may bridge an outage; a day of them would
   * be a nuisance.
   */
  isWorthAnother(id: string): boolean {
    this.#times = id === this.#id ? this.#times + 1 : 1;
    this.#id = id;
    return this.#times < partlySentAtMost;
  }
}

const partlySentAtMost = 4;
const partlySentEveryMs = 60_000;

const bodyRoom = { atMost: 4000 };
const titleRoom = { atMost: 250 };

const types = { critical: 'failure', warning: 'warning', over: 'success' };

function payloadOf(brief: Brief): object {
  return {
    title: fitted(brief.headline, titleRoom, markup.escape),
    body: briefText(brief, markup, bodyRoom),
    type: brief.test ? 'info' : types[brief.level],
    format: 'text',
  };
}

/**
 * Its final destination is unknown: an invisible word joiner keeps names from notifying people there (`@everyone`,
 * `<!channel>`).
 */
const markup: Markup = {
  ...plainText,
  escape: (character) => (character === '@' || character === '<' ? `${character}\u2060` : character),
};

/** github.com/caronc/apprise-api, README, "API Details". */
function appriseError(answer: PostAnswer, isWorthAnother: () => boolean): PlimsollError {
  switch (answer.status) {
    case 204:
      return refusal(answer, 'There is nothing under this key. Save a configuration there first.', {
        retry: false,
      });
    case 421:
      return refusal(
        answer,
        'The server hands its messages round in a circle. Look for an address of its own among its services.',
      );
    case 424: {
      const why =
        'At least one service did not take the message, or none has the tag; the log of the server says which. ' +
        'With a key for each service one does not hold up the other.';
      const retry = isWorthAnother();
      return refusal(answer, why, {
        retry,
        waitMs: retry ? (answer.retryAfterMs ?? partlySentEveryMs) : undefined,
      });
    }
    default:
      return refusal(
        answer,
        answer.status === 404
          ? 'The address leads to no Apprise API, or there is nothing under this key.'
          : undefined,
      );
  }
}
