import { describe, expect, it } from 'vitest';
import { hostsMatcher, labelsMatcher, matcher } from './matchers.ts';

describe('a pattern', () => {
  it.each<[string, string[], string[]]>([
    ['/data', ['/data'], ['/data2', '/dat', '']],
    ['*', ['', 'x', 'a b'], []],
    ['sd*', ['sd', 'sda', 'sdb1'], ['nvme0', 'xsda']],
    ['sd?', ['sda', 'sd🚢'], ['sd', 'sda1']],
    ['*.example.*', ['a.example.org', '.example.'], ['example.org']],
    ['a*b*c', ['abc', 'a1b2c', 'abbc'], ['ab', 'acb']],
    ['!/boot', ['/data', ''], ['/boot']],
    ['!sd*', ['nvme0'], ['sda']],
    [String.raw`a\*b`, ['a*b'], ['axb']],
    [String.raw`\!x`, ['!x'], ['x']],
    ['[a-z]+.', ['[a-z]+.'], ['abc']],
    ['a\\', ['a\\'], ['a']],
  ])('%s fits %j and not %j', (pattern, fitting, others) => {
    const matches = matcher(pattern);
    expect(fitting.filter((text) => !matches(text))).toEqual([]);
    expect(others.filter((text) => matches(text))).toEqual([]);
  });

  it('takes no longer for a pattern that is meant to', () => {
    const begun = performance.now();
    expect(matcher('a*'.repeat(100))('a'.repeat(2000) + 'b')).toBe(true);
    expect(matcher(`${'a*'.repeat(99)}c`)('a'.repeat(2000))).toBe(false);
    expect(performance.now() - begun).toBeLessThan(1000);
  });
});

it('wants every label that is named, and lets others be there', () => {
  const matches = labelsMatcher({ mount: '/*', type: '!tmpfs' });
  expect(matches({ mount: '/data', type: 'ext4', device: 'sda' })).toBe(true);
  expect(matches({ mount: '/run', type: 'tmpfs' })).toBe(false);
  expect(matches({ mount: '/data' })).toBe(false);
  expect(labelsMatcher({ constructor: '*' })({})).toBe(false);
});

it('takes hosts in and out', () => {
  const hosts = hostsMatcher(['web-*', 'db-1', '!web-9']);
  expect(['web-1', 'db-1', 'web-9', 'db-2'].filter(hosts)).toEqual(['web-1', 'db-1']);
  expect(hostsMatcher(['!web-9'])('anything')).toBe(true);
  expect(hostsMatcher([])('anything')).toBe(true);
});
