import type { Brief } from './brief.ts';

/** A service's markup, and how text from elsewhere is kept from being interpreted as markup. */
export interface Markup {
  /** Replaces a character of text from elsewhere, given the next one (empty at the end). */
  escape(character: string, next: string): string;
  /** Makes text bold that is already escaped. */
  strong(text: string): string;
  link(words: string, url: string): string;
}

/** For services that show text unchanged. */
export const plainText: Markup = {
  escape: (character) => character,
  strong: (text) => text,
  link: (words, url) => `${words}: ${url}`,
};

/** How much text a service accepts. */
export interface Room {
  atMost: number;
  /** The size of a text: by default UTF-16 units, as most services count. */
  sizeOf?: (text: string) => number;
}

/**
 * As much of a line as there is room for, with every character escaped. Cut text ends in `…`, and never within the
 * escape of one character.
 */
export function fitted(
  text: string,
  { atMost, sizeOf = lengthOf }: Room,
  escape: Markup['escape'] = plainText.escape,
): string {
  const characters = Array.from(text);
  const pieces: string[] = [];
  let size = 0;
  for (const [index, character] of characters.entries()) {
    const piece = escape(character, characters[index + 1] ?? '');
    if (size + sizeOf(piece) > atMost) {
      while (size + sizeOf('…') > atMost) {
        const last = pieces.pop();
        if (last === undefined) return '';
        size -= sizeOf(last);
      }
      return `${pieces.join('')}…`;
    }
    pieces.push(piece);
    size += sizeOf(piece);
  }
  return pieces.join('');
}

/** The most that a line of a list, or the text about one alert, may take of the room. */
const lineAtMost = 300;
const sentenceAtMost = 1500;

/**
 * A brief without its headline as text of several lines. Lines without room are counted; the notes and the link are
 * always at the end. Needs room for 1,000 and the link.
 */
export function briefText(brief: Brief, markup: Markup, room: Room): string {
  const { atMost, sizeOf = lengthOf } = room;
  const escaped = (text: string, most = lineAtMost) => fitted(text, { ...room, atMost: most }, markup.escape);
  const blocks = [
    ...brief.sections.map(({ title, lines }) =>
      title === null
        ? lines.map((line) => escaped(line, sentenceAtMost))
        : [markup.strong(escaped(title)), ...lines.map((line) => `• ${escaped(line)}`)],
    ),
    brief.reasons.map(([title, said]) => `${markup.strong(`${escaped(title)}:`)} ${escaped(said)}`),
  ];
  const end = [
    ...brief.notes.map((note) => escaped(note)),
    ...(brief.link === null ? [] : [markup.link(escaped(brief.link.words), brief.link.url)]),
  ].join('\n');

  let text = '';
  let leftOut = 0;
  for (const lines of blocks)
    for (const [index, line] of lines.entries()) {
      const next = `${text === '' ? '' : index === 0 ? '\n\n' : '\n'}${line}`;
      if (leftOut > 0 || sizeOf(`${text}${next}\n${leftOutWords(999)}\n\n${end}`) > atMost) leftOut++;
      else text += next;
    }
  if (leftOut > 0) text += `\n${leftOutWords(leftOut)}`;
  return [text, end].filter((part) => part !== '').join('\n\n');
}

function leftOutWords(lines: number): string {
  return lines === 1 ? '… and one more line' : `… and ${lines} more lines`;
}

function lengthOf(text: string): number {
  return text.length;
}
