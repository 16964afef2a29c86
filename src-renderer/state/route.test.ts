import { expect, test } from 'vitest';
import { codeIn, parseRoute, routeHref } from './route.ts';

test('an address and its route say the same', () => {
  const href = routeHref('alerts', 'a/b ü', { state: 'firing', rule: '' });
  expect(href).toBe('#/alerts/a%2Fb%20%C3%BC?state=firing');
  expect(parseRoute(href)).toEqual({ view: 'alerts', id: 'a/b ü', query: { state: 'firing' } });
  expect(parseRoute('#/rules')).toEqual({ view: 'rules', id: null, query: {} });
});

test('what is not known leads to the overview, and a broken escape is taken as it stands', () => {
  const overview = { view: 'overview', id: null, query: {} };
  expect(['', '#', '#/', '#/nowhere/1', '#code=abc'].map(parseRoute)).toEqual(Array(5).fill(overview));
  expect(parseRoute('#/rules/%E0%A4%A').id).toBe('%E0%A4%A');
});

test('a code is found in a whole address, in a fragment and on its own', () => {
  const code = 'abcdefghijklmnopqrst_-';
  expect(codeIn(`http://127.0.0.1:8888/#code=${code}`)).toBe(code);
  expect(codeIn(`#code=${code}`)).toBe(code);
  expect(codeIn(`  ${code}\n`)).toBe(code);
  expect(codeIn('#/alerts')).toBeNull();
  expect(codeIn('two words of text here')).toBeNull();
});
