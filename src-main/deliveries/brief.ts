import { z } from 'zod';
import { httpUrlSchema } from '../base/http/options.ts';
import type { Bundle, Message } from '../contract/delivery.ts';
import { linkCharactersAtMost } from '../contract/fields.ts';
import { contextLines } from './context-words.ts';
import { digestOf } from './digest.ts';
import type { Digest } from './digest.ts';
import { headlineOf, oneLine, sentenceLines, timeText } from './words.ts';

/**
 * The short content of a message for people, whatever the service. Every text is one line, and not yet escaped for any
 * markup.
 */
export interface Brief {
  level: Digest['level'];
  /** One line, used as a title. */
  headline: string;
  /** What happened: for one alert a section without a title, for several alerts one section for each host and rule. */
  sections: { title: string | null; lines: string[] }[];
  /** The circumstances when it fired; empty when the alert is over, and in messages about several alerts. */
  reasons: [title: string, said: string][];
  /** In small print: severity and time, or what is not named. Never left out. */
  notes: string[];
  /** Where to see more; null if no address is configured at which readers reach Plimsoll. */
  link: Link | null;
  /** A test of the destination; nothing is wrong. */
  test: boolean;
}

export interface Link {
  words: string;
  url: string;
}

/**
 * The option of every destination for people: without it messages have no link, because only the owner knows the
 * address from outside.
 */
export const plimsollUrlSchema = httpUrlSchema
  .refine(
    (url) => url.length <= linkCharactersAtMost,
    `must not have more than ${linkCharactersAtMost} characters`,
  )
  .optional()
  .meta({
    title: 'Address of Plimsoll',
    description:
      'Where those who read the messages open Plimsoll, such as https://plimsoll.example.org. With it, messages link to their alert.',
  });

/** The option of every destination that can skip the ends of alerts. */
export const onResolveSchema = z
  .boolean()
  .default(true)
  .meta({ title: 'Also when it is over', description: 'Post a second time when the alert resolves.' });

/** The content of one message. */
export function briefOf(message: Message, plimsollUrl: string | undefined): Brief {
  const { alert, transition, context, unit, test } = message;
  const isOver = transition.to === 'resolved';
  const reasons = context === undefined || isOver ? [] : contextLines(context, unit);
  return {
    level: levelOf(message),
    headline: oneLine(headlineOf(message)),
    sections: [{ title: null, lines: sentenceLines(message).map(oneLine) }],
    reasons: reasons.map(([title, said]) => [title, oneLine(said)]),
    notes: [`${alert.severity} · ${timeText(transition.at)}`],
    link: linkOf(plimsollUrl, test ? null : alert.id),
    test,
  };
}

/** The content of a bundle of messages. */
export function digestBriefOf(bundle: Bundle, plimsollUrl: string | undefined): Brief {
  const { headline, level, groups, more, late } = digestOf(bundle);
  return {
    level,
    headline: oneLine(headline),
    sections: groups.map(({ title, lines }) => ({ title: oneLine(title), lines: lines.map(oneLine) })),
    reasons: [],
    notes: [more, late].filter((note) => note !== null).map(oneLine),
    link: linkOf(plimsollUrl, null),
    test: bundle.messages.every(({ test }) => test),
  };
}

/** The severity of a message for its readers: an alert that is over is neither critical nor a warning any more. */
function levelOf({ alert, transition }: Message): Digest['level'] {
  return transition.to === 'resolved' ? 'over' : alert.severity;
}

/** The fragment is a route of the window: `#/alerts/ID`. */
function linkOf(plimsollUrl: string | undefined, alertId: string | null): Link | null {
  if (plimsollUrl === undefined) return null;
  const fragment = `#/alerts${alertId === null ? '' : `/${encodeURIComponent(alertId)}`}`;
  const { href } = new URL(fragment, plimsollUrl);
  return { words: alertId === null ? 'Open the alerts' : 'Open the alert', url: href };
}

/** Shows the severity at a glance in services where a character serves as a picture. */
export const levelSigns: Record<Digest['level'], string> = { critical: '🔴', warning: '🟡', over: '✅' };
