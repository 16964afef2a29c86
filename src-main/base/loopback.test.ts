import { expect, test } from 'vitest';
import { isLoopback } from './loopback.ts';

test('this machine is told from hosts that only look like it', () => {
  const here = ['localhost', 'LocalHost', '127.0.0.1', '127.9.9.9', '::1'];
  const elsewhere = [
    '127.example',
    'localhost.example',
    '127.0.0.999',
    '10.0.0.1',
    '0.0.0.0',
    '::',
    '::2',
    '128.0.0.1',
    '',
  ];
  expect([...here, ...elsewhere].filter(isLoopback)).toEqual(here);
});
