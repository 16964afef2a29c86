import { expect, test } from 'vitest';
import { sourceKinds } from '../collectors/source-kinds.ts';
import { withoutSecrets, withoutUrlSecrets } from './kinds.ts';
import { parseEntry } from './settings/schema.ts';
import { mapReferences } from './settings/secret-references.ts';

const url = 'https://example.org/?page=2&token=canary';
const source = {
  name: 'web',
  kind: 'http',
  url,
  headers: { 'X-Key': { secret: 'key' }, Accept: 'text/plain' },
};

test.each(sourceKinds.map(({ kind, example }) => [kind, { name: kind, kind, ...example }]))(
  'the example of %s in the reference holds',
  (_kind, source) => {
    expect(parseEntry('sources', source)).toMatchObject(source);
  },
);

test('settings that are shown hold no secret of an address, and refer as before', () => {
  expect(withoutUrlSecrets({ sources: [source] })).toEqual({
    sources: [{ ...source, url: 'https://example.org/?page=2&token=[secret]' }],
  });
});

test('an entry in a record holds neither secrets nor references', () => {
  const headers = { 'X-Key': '[secret]', Accept: 'text/plain' };
  expect(withoutSecrets({ ...source, password: { env: 'NAME' } })).toEqual({
    ...source,
    url: 'https://example.org/?page=2&token=[secret]',
    headers,
    password: '[secret]',
  });
});

test('references are replaced wherever they stand, and the document itself stays', () => {
  const document = { a: [{ env: 'NAME' }, 1], b: { file: 'f', more: 1 } };
  expect(mapReferences(document, () => '*')).toEqual({ a: ['*', 1], b: { file: 'f', more: 1 } });
  expect(document.a[0]).toEqual({ env: 'NAME' });
});
