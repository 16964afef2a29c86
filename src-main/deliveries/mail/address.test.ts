import { describe, expect, it } from 'vitest';
import { asciiDomain, readAddress, readSender } from './address.ts';

describe('readAddress', () => {
  it.each([
    ['ops@example.org', 'ops@example.org'],
    ["o'neil+alerts@mail.example.org", "o'neil+alerts@mail.example.org"],
    ['root@localhost', 'root@localhost'],
    ['Ops@EXAMPLE.org', 'Ops@example.org'],
    ['ops@bücher.example', 'ops@xn--bcher-kva.example'],
    ['ops@例え.テスト', 'ops@xn--r8jz45g.xn--zckzah'],
    [`${'a'.repeat(64)}@example.org`, `${'a'.repeat(64)}@example.org`],
  ])('takes %s', (text, address) => {
    expect(readAddress(text)).toBe(address);
  });

  it.each([
    ['a@b\r\nBcc:x'],
    ['a@b\nBcc: x@y'],
    ['a\r\n@b'],
    ['"<x>"@y'],
    ['"a b"@y'],
    ['<x@y>'],
    ['a@b,c@d'],
    ['a@b c@d'],
    ['a@b@c'],
    ['a@'],
    ['@b'],
    ['a'],
    [''],
    [' a@b'],
    ['a@b '],
    ['a..b@c'],
    ['.a@c'],
    ['ä@b'],
    ['a@b..c'],
    ['a@-b.c'],
    ['a@b_c.d'],
    ['a@[127.0.0.1]'],
    ['a@127.0.0.1'],
    ['a@0x7f'],
    ['a@evil.example/good.example'],
    ['a@b%2ec'],
    ['a@b\u202ec'],
    ['a@b\u0000'],
    [`${'a'.repeat(65)}@example.org`],
    [`a@${'b'.repeat(64)}.org`],
    [`a@${`${'b'.repeat(60)}.`.repeat(4)}example.org`],
    ['a@b\r\n.c'],
  ])('refuses %j', (text) => {
    expect(readAddress(text)).toBeUndefined();
  });
});

describe('readSender', () => {
  it.each([
    ['ops@example.org', { name: '', address: 'ops@example.org' }],
    [
      'Plimsoll on anchor <ops@bücher.example>',
      { name: 'Plimsoll on anchor', address: 'ops@xn--bcher-kva.example' },
    ],
    ['Müller <a@b>', { name: 'Müller', address: 'a@b' }],
  ])('takes %s', (text, sender) => {
    expect(readSender(text)).toEqual(sender);
  });

  it.each([
    ['A\r\nBcc: x@y <a@b>'],
    ['A <a@b>, B <c@d>'],
    ['"A" <a@b>'],
    ['A <a@b> '],
    ['<a@b>'],
    ['A <>'],
    ['A <a@b\r\nBcc:x>'],
    ['a@b <c@d>'],
    ['A\u202e <a@b>'],
  ])('refuses %j', (text) => {
    expect(readSender(text)).toBeUndefined();
  });
});

it('reads names of hosts', () => {
  expect(['mail.example', 'bücher.example', '127.0.0.1', '::1'].map(asciiDomain)).toEqual([
    'mail.example',
    'xn--bcher-kva.example',
    '127.0.0.1',
    '::1',
  ]);
  expect(['smtp://mail', 'mail:25', 'a b', '', '[::1]', 'a/b', '127.1'].map(asciiDomain)).toEqual(
    Array(7).fill(undefined),
  );
});
