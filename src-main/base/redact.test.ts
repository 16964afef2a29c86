import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { redactor } from './redact.ts';

const secret = 'pä/ss "word"+1';

describe('redactor', () => {
  it.each([
    ['as it is', secret],
    ['percent-encoded', encodeURIComponent(secret)],
    ['as a form sends it', new URLSearchParams({ p: secret }).toString().slice(2)],
    ['escaped in JSON', JSON.stringify(secret).slice(1, -1)],
    ['escaped in ASCII', JSON.stringify(secret).slice(1, -1).replace('ä', '\\u00e4').replace('/', '\\/')],
    ['in Base64', Buffer.from(secret).toString('base64')],
    ['in the Base64 of a URL', Buffer.from(secret).toString('base64url')],
  ])('strikes a secret out %s', (_name, form) => {
    expect(redactor([secret])(`a ${form} b ${form}`)).toMatch(/^a \[secret\]=* b \[secret\]=*$/);
  });

  it('finds it in the Base64 of something longer, wherever it begins', () => {
    for (const user of ['', 'a', 'ab', 'abc', '\0me\0']) {
      const sent = Buffer.from(`${user}:correct-horse:x`).toString('base64');
      const said = redactor(['correct-horse'])(`Authorization: Basic ${sent}`);
      expect(said).toContain('[secret]');
      expect(Buffer.from(said.split(' ')[2]?.split('[secret]')[0] ?? '', 'base64').toString()).not.toContain(
        'co',
      );
    }
  });

  it('takes what follows the scheme of a header for a secret by itself, and the password in it', () => {
    const redact = redactor(['Bearer abc-def', `Basic ${Buffer.from('me:s3cret').toString('base64')}`]);
    expect(redact('Bearer abc-def, token abc-def, bearer of me, password s3cret')).toBe(
      '[secret], token [secret], bearer of me, password [secret]',
    );
    expect(redactor(['correct horse'])('a horse')).toBe('a horse');
  });

  it('leaves nothing of secrets that overlap, contain each other or are the mark itself', () => {
    expect(redactor(['abcdef', 'defghi'])('-abcdefghi-')).toBe('-[secret]-');
    expect(redactor(['abc', 'abcdef'])('abcdef abc')).toBe('[secret] [secret]');
    expect(redactor(['aaa'])('aaaaaaa')).toBe('[secret]');
    expect(redactor(['secret'])('a secret')).toBe('a [secret]');
    expect(redactor(['a.c', '$&x'])('abc a.c $&x')).toBe('abc [secret] [secret]');
  });

  it('leaves a text readable that holds no secret, or one too short to be one', () => {
    expect(redactor(['ab', '', '\ud800'])('about a banana')).toBe('about a banana');
    expect(redactor([])('a')).toBe('a');
  });

  it('whatever the secrets and the text are, none of them is left', () => {
    const word = fc
      .string({ minLength: 3, maxLength: 12, unit: 'grapheme' })
      .filter((text) => !'[secret]'.includes(text));
    fc.assert(
      fc.property(fc.array(word, { maxLength: 4 }), fc.array(fc.string()), (secrets, between) => {
        const text = secrets.map((each, index) => `${between[index] ?? ''}${each}`).join('');
        const left = redactor(secrets)(text).replaceAll('[secret]', '\u0000\u0000\u0000');
        for (const each of secrets.filter((one) => !one.includes('\u0000'))) expect(left).not.toContain(each);
      }),
    );
  });
});
