import { describe, expect, it } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { isSettingsError, noteLines, problemLines, translationLines } from './problems.ts';

describe('problems are told', () => {
  it('one line each, with as much of the place as is known', () => {
    const problems = [
      { path: 'rules[0]', message: 'is wrong', line: 3, column: 5 },
      { path: '', message: 'is empty', line: 1 },
      { path: 'version', message: 'is missing' },
    ];
    expect(problemLines('a.yaml', new PlimsollError('invalid_settings', 'x', { problems }))).toEqual([
      'a.yaml:3:5: rules[0]: is wrong',
      'a.yaml:1:1: is empty',
      'a.yaml: version: is missing',
    ]);
    expect(problemLines('a.yaml', new PlimsollError('unreadable', 'cannot be read'))).toEqual([
      'cannot be read',
    ]);
  });

  it('on one line, whatever the file or a key is called', () => {
    expect(noteLines('a\nb', [{ path: 'x\u001b[2J', message: '\u202ey' }])).toEqual([
      'a\\u{a}b: x\\u{1b}[2J: \\u{202e}y',
    ]);
  });

  it('of a translation in the order of the file, under headings with their number', () => {
    const translation = {
      title: 'Threshold monitor (config.yaml)',
      mapped: [
        { path: 'b', message: 'is b', line: 9, column: 1 },
        { path: 'a', message: 'is a', line: 2, column: 1 },
      ],
      notSupported: [],
      warnings: [{ path: 'c', message: 'is odd' }],
    };
    expect(translationLines('f', translation)).toEqual([
      'Threshold monitor (config.yaml): read as it is, and never written.',
      '  Taken over (2)',
      '    f:2:1: a: is a',
      '    f:9:1: b: is b',
      '  Look at (1)',
      '    f: c: is odd',
    ]);
  });

  it('only what a settings file can be blamed for is a settings error', () => {
    const codes = ['invalid_settings', 'unreadable', 'not_found', 'disk_full', 'conflict'] as const;
    expect(codes.filter((code) => isSettingsError(new PlimsollError(code, 'x')))).toEqual(codes.slice(0, 3));
    expect(isSettingsError(new Error('x'))).toBe(false);
  });
});
