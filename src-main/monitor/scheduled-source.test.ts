import { expect, it } from 'vitest';
import { secretsOf as secretsOfSource } from '../collectors/source-secrets.ts';
import { secretsOf } from '../testing/surroundings.ts';
import { scheduledSource, withSecrets } from './scheduled-source.ts';
import { referencesIn } from './settings/secret-references.ts';
import { starterSettings } from './settings/starter.ts';

const source = {
  name: 'api',
  kind: 'vault',
  enabled: true,
  key: { secret: 'there' },
  headers: { 'X-Key': { secret: 'gone' }, Accept: 'text/plain' },
  list: [{ env: 'NAME' }, { file: 'a', more: 1 }, null],
};

it('finds every reference of an entry, however deep, and nothing that only looks like one', () => {
  expect(referencesIn(source)).toEqual([{ secret: 'there' }, { secret: 'gone' }, { env: 'NAME' }]);
});

it('hands the collectors what is there, and the reason for what is not, to be told in the reading', async () => {
  const scheduled = await withSecrets(
    scheduledSource(source, starterSettings(), '/nowhere'),
    secretsOf({ there: 'open sesame' }),
  );
  expect([scheduled.name, scheduled.options['enabled']]).toEqual(['api', undefined]);
  const secret = secretsOfSource(scheduled);
  expect(await secret({ secret: 'there' })).toBe('open sesame');
  await expect(secret({ secret: 'gone' })).rejects.toMatchObject({
    code: 'unreadable',
    message: 'There is no secret gone.',
  });
  await expect(secret({ secret: 'never asked for' })).rejects.toMatchObject({ code: 'unreadable' });
});

it.skipIf(process.platform === 'win32')('has paths in full, starting at the folder of the settings', () => {
  const pathOf = (kind: string, options: Record<string, unknown>) =>
    scheduledSource({ name: 'it', kind, enabled: true, ...options }, starterSettings(), '/etc/plimsoll')
      .options;
  expect(pathOf('file', { path: 'backups/*.tar.gz' })).toEqual({ path: '/etc/plimsoll/backups/*.tar.gz' });
  expect(pathOf('file', { path: '/var/it' })).toEqual({ path: '/var/it' });
  expect(pathOf('disk', {})).toEqual({});
  expect(pathOf('certificate', { host: 'a', authorityFile: '../own.pem' })).toEqual({
    ...{ host: 'a', authorityFile: '/etc/own.pem' },
  });
  for (const kind of ['http', 'prometheus'])
    expect(pathOf(kind, { url: 'x', authorityFile: 'own.pem' })['authorityFile']).toBe(
      '/etc/plimsoll/own.pem',
    );
  expect(pathOf('push', { path: 'it' })).toEqual({ path: 'it' });
});
