import { expect, test } from 'vitest';
import { secretParameters, withoutSecretParameters } from './secret-names.ts';

test('parameters of an address that are called as secrets are struck out, however they are written', () => {
  const address = 'https://example.org/a?full=1&api_key=a%2Fb&%74oken=c#access_token=d';
  expect(withoutSecretParameters(address)).toBe(
    'https://example.org/a?full=1&api_key=[secret]&%74oken=[secret]#access_token=[secret]',
  );
  expect(secretParameters(address)).toEqual(['a%2Fb', 'a/b', 'c', 'c', 'd', 'd']);
});

test('any other text and address stays as it is', () => {
  for (const text of ['?token=x', 'https://example.org/token=x', 'https://example.org/?page=2', ''])
    expect(withoutSecretParameters(text)).toBe(text);
});
