import { expect, it } from 'vitest';
import { Format } from './format.ts';
import { valueParts } from './words.ts';

const format = new Format('en-GB');

it('shows a number with its unit, or with the sign that came with it where no unit fits', () => {
  expect(valueParts(23.1, { unit: 'celsius' }, format)).toEqual({ number: '23.1', unit: '°C' });
  expect(valueParts(1013, { unit: 'none', sign: 'hPa' }, format)).toEqual({ number: '1,013', unit: 'hPa' });
  expect(valueParts(50, { unit: 'percent', sign: 'hPa' }, format).unit).toBe('%');
  expect(valueParts(3, { unit: 'none' }, format)).toEqual({ number: '3', unit: '' });
});
