import { z } from 'zod';
import { httpUrlSchema } from '../base/http/options.ts';
import type { Bundle, Message } from '../contract/delivery.ts';
import { linkCharactersAtMost } from '../contract/fields.ts';
import { contextLines } from './context-words.ts';
import { digestOf } from './digest.ts';
import type { Digest } from './digest.ts';
import { headlineOf, oneLine, sentenceLines, timeText } from './words.ts';

/** What a message tells people in short, whoever it goes to. Every text is one line, and not yet safe in any markup. */
export interface Brief {
  level: Digest['level'];
  /** In a line, as a title. */
  headline: string;
  /** What happened: one without a title for one alert, and for several one for each host and rule. */
  sections: { title: string | null; lines: string[] }[];
  /** What was going on when it fired; empty when the alert is over, and in messages about several. */
  reasons: [title: string, said: string][];
  /** In small print: how bad it is and when it was, or what is not named. Never left out. */
  notes: string[];
  /** Where more is to be seen; null where nobody said how readers reach Plimsoll. */
  link: Link | null;
  /** Nothing is wrong: somebody tries the destination out. */
  test: boolean;
}

export interface Link {
  words: string;
  url: string;
}

/** The option of every destination that people read: without it no message has a link, because only the owner knows the way in from outside. */
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

/** The option of every destination that can be spared the ends of alerts. */
export const onResolveSchema = z
  .boolean()
  .default(true)
  .meta({ title: 'Also when it is over', description: 'Post a second time when the alert resolves.' });

/** What one message says. */
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

/** What a bundle says as one. */
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

/** How bad a message is for who reads it: what is over is neither critical nor a warning any more. */
function levelOf({ alert, transition }: Message): Digest['level'] {
  return transition.to === 'resolved' ? 'over' : alert.severity;
}

/** The fragment is that of the interface: `#/alerts/ID`. */
function linkOf(plimsollUrl: string | undefined, alertId: string | null): Link | null {
  if (plimsollUrl === undefined) return null;
  const fragment = `#/alerts${alertId === null ? '' : `/${encodeURIComponent(alertId)}`}`;
  const { href } = new URL(fragment, plimsollUrl);
  return { words: alertId === null ? 'Open the alerts' : 'Open the alert', url: href };
}

/** What shows at a glance how bad it is, where a picture is a character. */
export const levelSigns: Record<Digest['level'], string> = { critical: '🔴', warning: '🟡', over: '✅' };
