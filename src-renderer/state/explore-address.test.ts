import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressIn, leftOutOf, panned, queryOf, zoomed, rangeFitting } from './explore-address.ts';
import type { ExploreAddress } from './explore-address.ts';
import { parseRoute, routeHref } from './route.ts';

test('an address says everything, whatever the series are called', () => {
  const text = fc.string({ minLength: 1, unit: 'grapheme' });
  const series = fc.record({
    host: fc.constantFrom('here', 'web.example'),
    source: text,
    metric: text,
    labels: fc.dictionary(
      text.filter((name) => !name.startsWith('__')),
      fc.string({ unit: 'grapheme' }),
      { maxKeys: 2 },
    ),
  });
  fc.assert(
    fc.property(
      fc.record<ExploreAddress>({
        series: fc.array(series, { maxLength: 6 }),
        range: fc.constantFrom('1h', '24h', '30d'),
        stretch: fc.option(fc.constant({ from: 5, to: 9 })),
        compare: fc.boolean(),
        table: fc.boolean(),
      }),
      (address) => {
        const { query } = parseRoute(routeHref('explore', null, queryOf(address, 'here')));
        expect(addressIn(query, 'here')).toEqual({
          ...address,
          series: address.series.map((one) => ({ ...one, labels: { ...one.labels } })),
        });
      },
    ),
  );
});

test('it can be read, and what it does not understand is left out', () => {
  const own = { host: 'here', source: 'cpu', metric: 'cpu_percent', labels: {} };
  const address = { series: [own], range: '24h', stretch: null, compare: false, table: false } as const;
  expect(routeHref('explore', null, queryOf(address, 'here'))).toBe('#/explore?s=cpu.cpu_percent');
  expect(addressIn({ s: 'cpu*.*%E0', range: '2y', from: '9', to: '5', compare: 'x' }, 'here')).toEqual({
    ...address,
    series: [],
  });
});

test('zooming keeps the moment where it is, and nothing leads into the future', () => {
  expect(zoomed({ from: 0, to: 100_000 }, 0.5, 25_000, 1e9)).toEqual({ from: 12_500, to: 62_500 });
  expect(zoomed({ from: 0, to: 100_000 }, 2, 50_000, 100_000)).toEqual({ from: -100_000, to: 100_000 });
  expect(zoomed({ from: 0, to: 20_000 }, 0.1, 0, 1e9)).toEqual({ from: 0, to: 10_000 });
  expect(panned({ from: 0, to: 10 }, 0.5, 12)).toEqual({ from: 2, to: 12 });
  expect(panned({ from: 0, to: 10 }, -0.5, 12)).toEqual({ from: -5, to: 5 });
});

test('what an address names beyond those that can be told apart is counted', () => {
  const names = Array.from({ length: 8 }, (_, place) => `cpu.metric_${place}`);
  expect(addressIn({ s: names.join('*') }, 'here').series).toHaveLength(6);
  expect(leftOutOf({ s: names.join('*') })).toBe(2);
  expect(leftOutOf({ s: names.slice(0, 6).join('*') })).toBe(0);
  expect(leftOutOf({})).toBe(0);
});

test('a history of twenty minutes is shown in an hour, and that of a day as usual', () => {
  expect([20 * 60_000, 2 * 3_600_000, 7 * 3_600_000].map(rangeFitting)).toEqual(['1h', '6h', null]);
});
