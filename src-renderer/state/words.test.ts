import { beforeEach, expect, it } from 'vitest';
import { Format } from './format.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { subjectOf, valueParts } from './words.ts';

const format = new Format('en-GB');
beforeEach(() => overwriteGetLocale(() => 'en'));

it('shows a number with its unit, or with the sign that came with it where no unit fits', () => {
  expect(valueParts(23.1, { unit: 'celsius' }, format)).toEqual({ number: '23.1', unit: '°C' });
  expect(valueParts(1013, { unit: 'none', sign: 'hPa' }, format)).toEqual({ number: '1,013', unit: 'hPa' });
  expect(valueParts(50, { unit: 'percent', sign: 'hPa' }, format).unit).toBe('%');
  expect(valueParts(3, { unit: 'none' }, format)).toEqual({ number: '3', unit: '' });
});

it('names a source alone where that says which of its metrics is meant, and the metric beside another one of it', () => {
  const network = { name: 'network', kind: 'network' };
  expect(subjectOf(network, 'bytes_recv_per_sec', {})).toBe('Network');
  expect(subjectOf(network, 'bytes_recv_per_sec', {}, undefined, false)).toBe('Network: Received');
  expect(subjectOf({ name: 'cpu', kind: 'cpu' }, 'cpu_percent', {}, undefined, false)).toBe('CPU');
});
