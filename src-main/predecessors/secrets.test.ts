import { expect, it } from 'vitest';
import { translate } from './translate.ts';

it('keeps the headers as secrets that the rest of the program takes for secret', () => {
  const headers = { 'X-Pass': 'a', 'X-Sign': 'b', 'Idempotency-Key': 'c', Accept: 'd' };
  const source = { name: 'a', type: 'api_endpoint', source: 'https://a.example/?Pass=x', headers };
  const { content, warnings } = translate({ data_sources: [source] }, {})!;
  expect(content['sources']).toMatchObject([
    { headers: { ...headers, 'X-Pass': { plain: 'a' }, 'X-Sign': { plain: 'b' } } },
  ]);
  expect(warnings.map(({ path }) => path.at(-1))).toEqual(['X-Pass', 'X-Sign', 'source']);
});
