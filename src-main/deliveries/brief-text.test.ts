import { describe, expect, it } from 'vitest';
import { briefText, fitted, plainText } from './brief-text.ts';
import type { Brief } from './brief.ts';

const bytes = (text: string) => Buffer.byteLength(text);

describe('a line that is fitted in', () => {
  it.each([
    ['abc', 3, 'abc'],
    ['abcd', 3, 'ab…'],
    ['a🚢bc', 4, 'a🚢…'],
    ['🚢🚢', 3, '🚢…'],
    ['abc', 0, ''],
  ])('%s in %i is %s', (text, atMost, expected) => {
    expect(fitted(text, { atMost })).toBe(expected);
  });

  it('is cut between what stands for characters, in the measure of the room', () => {
    const escape = (character: string) => (character === '&' ? '&amp;' : character);
    expect(fitted('a&&', { atMost: 7 }, escape)).toBe('a&amp;…');
    expect(fitted('a&&', { atMost: 6 }, escape)).toBe('a…');
    expect(fitted('üüü', { atMost: 5, sizeOf: bytes }, escape)).toBe('ü…');
  });

  it('tells each character which one is behind it', () => {
    const pairs: string[] = [];
    fitted('a🚢b', { atMost: 10 }, (character, next) => {
      pairs.push(character + next);
      return character;
    });
    expect(pairs).toEqual(['a🚢', '🚢b', 'b']);
  });
});

describe('the text of a brief', () => {
  const brief = (lines: number): Brief => ({
    ...{ level: 'critical', headline: 'Never in it', test: false, reasons: [] },
    sections: [
      { title: 'First', lines: ['one', 'two'] },
      {
        title: 'Second',
        lines: Array.from({ length: lines }, (_, index) => `line ${index}`.padEnd(100, '.')),
      },
    ],
    notes: ['and 9 more alerts: 9 warning', 'Sent late.'],
    link: { words: 'Open the alerts', url: 'https://x/' },
  });

  it('has its parts in order, and the link at the end', () => {
    expect(briefText(brief(1), plainText, { atMost: 1000 })).toBe(
      [
        ...['First', '• one', '• two', '', 'Second', `• ${'line 0'.padEnd(100, '.')}`, ''],
        ...['and 9 more alerts: 9 warning', 'Sent late.', 'Open the alerts: https://x/'],
      ].join('\n'),
    );
  });

  it.each([1000, 1001, 1050, 1099, 2000])(
    'counts what has no room in %i, and loses neither notes nor link',
    (atMost) => {
      const text = briefText(brief(50), plainText, { atMost });
      expect(text.length).toBeLessThanOrEqual(atMost);
      expect(text.length).toBeGreaterThan(atMost - 110);
      const shown = [...text.matchAll(/• line/g)].length;
      expect(text).toMatch(
        new RegExp(`… and ${50 - shown} more lines\n\nand 9 more alerts: 9 warning\nSent late.\nOpen`),
      );
    },
  );
});
