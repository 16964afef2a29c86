import { PassThrough, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { describe, expect, it } from 'vitest';
import { columns, shown, Terminal } from './terminal.ts';

describe('what is shown', () => {
  it('of a hostile name is its letters', () => {
    expect(shown('a\u001b[2J\nb\u202e<script>é')).toBe('a\\u{1b}[2J\\u{a}b\\u{202e}<script>é');
  });

  it('stands in columns, the last one ragged', () => {
    expect(
      columns(
        [
          ['a', 'b'],
          ['long', 'c', 'd'],
        ],
        '  ',
      ),
    ).toEqual(['  a     b', '  long  c  d']);
  });

  it('has no colour where nobody looks', async () => {
    const out = new PassThrough();
    const terminal = new Terminal(out, new PassThrough());
    terminal.out(terminal.style('red', 'calm'));
    out.end();
    expect(await text(out)).toBe('calm\n');
  });
});

it.each([
  [true, 'id,name\na,b\\u{1b}[2J\\u{9b}\\u{202e}\n'],
  [false, 'id,name\r\na,b\u001b[2J\u009b\u202e\r\n'],
])('a file moves no cursor on a terminal (%s), and is as it is elsewhere', async (isTTY, expected) => {
  const out = Object.assign(new PassThrough(), { isTTY });
  new Terminal(out, new PassThrough()).file('id,name\r\na,b\u001b[2J\u009b\u202e\r\n');
  out.end();
  expect(await text(out)).toBe(expected);
});

it.each([
  [true, '{\n  "a\\u009b": "\\u001b[2J\\u202e\\u2028\\udb40\\udc01 ä"\n}\n'],
  [false, '{\n  "a\u009b": "\\u001b[2J\u202e\u2028\u{e0001} ä"\n}\n'],
])('JSON moves no cursor on a terminal (%s), and is the same JSON', async (isTTY, expected) => {
  const out = Object.assign(new PassThrough(), { isTTY });
  const value = { 'a\u009b': '\u001b[2J\u202e\u2028\u{e0001} ä' };
  new Terminal(out, new PassThrough()).json(value, 2);
  out.end();
  const said = await text(out);
  expect(said).toBe(expected);
  expect(JSON.parse(said)).toEqual(value);
});

it('a reader who goes away ends nothing', async () => {
  const closed = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const terminal = new Terminal(closed, closed);
  terminal.out('one');
  await terminal.flush();
  terminal.out('two');
  terminal.error('three');
  await terminal.flush();
  expect(closed.destroyed).toBe(true);
});
