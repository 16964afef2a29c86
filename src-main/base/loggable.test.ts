import { describe, expect, it } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { loggable } from './loggable.ts';

const canary = 'CANARY-5f2c';

describe('loggable', () => {
  it('strikes out what stands under the name of a secret, at any depth, and inside texts', () => {
    const { message, details } = loggable(`no answer from https://me:${canary}@example.org/x`, {
      password: canary,
      smtp: {
        smtpPassword: canary,
        headers: [{ Authorization: `Bearer ${canary}` }, { 'x-api-key': canary }],
      },
      slackToken: { env: canary },
      note: `sent with Bearer ${canary}12345678`,
      error: new Error('refused', { cause: new Error(`for ftp://u:${canary}@h`) }),
      hasToken: true,
      user: 'me',
    });
    expect(JSON.stringify([message, details])).not.toContain(canary);
    expect(details).toMatchObject({ password: '[struck out]', hasToken: true, user: 'me' });
    expect(message).toBe('no answer from https://[struck out]@example.org/x');
  });

  it('keeps name, code and causes of an error', () => {
    const system = Object.assign(new Error('no space'), { code: 'ENOSPC', syscall: 'write' });
    const error = new PlimsollError('disk_full', 'could not be written', { retry: true, cause: system });
    expect(loggable('x', { error }).details['error']).toMatchObject({
      name: 'PlimsollError',
      code: 'disk_full',
      retry: true,
      message: 'could not be written',
      stack: expect.stringContaining('loggable.test'),
      cause: { name: 'Error', code: 'ENOSPC', syscall: 'write', message: 'no space' },
    });
  });

  it('cuts cycles and bounds whatever it is given', () => {
    const cycle: Record<string, unknown> = { name: 'loop' };
    cycle['self'] = cycle;
    expect(loggable('x', { cycle }).details).toEqual({ cycle: { name: 'loop', self: '[left out]' } });

    const wide = Object.fromEntries(
      Array.from({ length: 100_000 }, (_, index) => [`key ${index}`, 'x'.repeat(10_000)]),
    );
    const list = Array.from({ length: 100_000 }, () => ({ a: [1, 2, 3] }));
    for (const huge of [{ wide }, { list }, { error: new Error('e'.repeat(1e6)) }]) {
      expect(JSON.stringify(loggable('m'.repeat(1e6), huge)).length).toBeLessThan(40_000);
    }
  });

  it('turns what JSON does not know into what it does', () => {
    const odd = {
      big: 10n,
      nan: NaN,
      at: new Date(0),
      bytes: Buffer.from('abc'),
      map: new Map([['a', 1]]),
      call: () => 1,
    };
    expect(JSON.parse(JSON.stringify(loggable('x', odd).details))).toEqual({
      big: '10',
      nan: 'NaN',
      at: '1970-01-01T00:00:00.000Z',
      bytes: '[3 bytes]',
      map: [['a', 1]],
    });
  });
});
