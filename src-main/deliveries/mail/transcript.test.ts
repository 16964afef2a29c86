import { expect, it } from 'vitest';
import { Transcript, cleanerOf } from './transcript.ts';

const login = { user: 'ops', password: 'hé llo"=🚢' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

it('strikes out a password however it is written', () => {
  const clean = cleanerOf(login);
  for (const text of [
    login.password,
    base64(login.password),
    base64(login.password).replaceAll('=', ''),
    base64(`\0ops\0${login.password}`),
    base64(`ops\0ops\0${login.password}`),
    encodeURIComponent(login.password),
  ]) {
    expect(clean(`535 you said ${text}, twice: ${text}!`)).toBe('535 you said [secret], twice: [secret]!');
  }
});

it('leaves nothing for a terminal to act on, and no line without an end', () => {
  expect(cleanerOf(undefined)('a\x1b[31mb\r\nc\u202ed')).toBe('a [31mb c d');
  expect(cleanerOf(undefined)('x'.repeat(1e6))).toHaveLength(500);
});

it('strikes out all that is said to log in, whatever the mechanism', () => {
  const lines: string[] = [];
  const transcript = new Transcript((line) => lines.push(line), cleanerOf(login));
  transcript.server('250-mail.example\r\n250 AUTH LOGIN PLAIN');
  transcript.client('AUTH LOGIN');
  transcript.server('334 VXNlcm5hbWU6');
  transcript.client(base64('ops'));
  transcript.server('334 UGFzc3dvcmQ6');
  transcript.client('what only hashes the password');
  transcript.server('235 welcome');
  transcript.client('AUTH PLAIN whatever');
  transcript.server(`535 no, not ${base64(login.password)}`);
  transcript.client('QUIT');
  transcript.note('closed');
  expect(lines).toEqual([
    'S: 250-mail.example',
    'S: 250 AUTH LOGIN PLAIN',
    'C: AUTH LOGIN',
    'S: 334 VXNlcm5hbWU6',
    'C: [secret]',
    'S: 334 UGFzc3dvcmQ6',
    'C: [secret]',
    'S: 235 welcome',
    'C: AUTH PLAIN [secret]',
    'S: 535 no, not [secret]',
    'C: QUIT',
    '-- closed',
  ]);
});
