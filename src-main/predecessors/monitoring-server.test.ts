import { expect, it } from 'vitest';
import { translate } from './translate.ts';

it('takes database and port of a server_config.json over and leaves the rest to the starter settings', () => {
  const translation = translate(
    {
      database: {
        host: 'localhost',
        port: 5432,
        username: 'me',
        password: 'canary',
        database_name: 'monitoring',
      },
      webapp: { port: 8888 },
    },
    {},
  )!;
  const { origin, called, ...rest } = translation;
  expect(rest).toEqual({
    title: 'Monitoring server (server_config.json)',
    starter: true,
    content: {
      version: 1,
      listen: ['127.0.0.1:8888'],
      database: {
        host: 'localhost',
        port: 5432,
        name: 'monitoring',
        user: 'me',
        password: { plain: 'canary' },
      },
    },
    mapped: [
      { path: ['database', 'host'], message: 'is host of database' },
      { path: ['database', 'port'], message: 'is port of database' },
      { path: ['database', 'database_name'], message: 'is name of database "monitoring"' },
      { path: ['database', 'username'], message: 'is user of database "monitoring"' },
      { path: ['database', 'password'], message: 'is password of database "monitoring"' },
      { path: ['webapp', 'port'], message: 'is the port of listen, on this machine alone' },
    ],
    notSupported: [],
    warnings: [
      {
        path: ['database', 'password'],
        message: 'is a secret in clear; keep it in the secret store, or refer to it with { env: NAME }',
      },
    ],
  });
  expect(origin(['listen', 0])).toEqual(['webapp', 'port']);
  expect(called(['listen'])).toEqual(['webapp', 'port']);
});

it('passes a wrong port on, and says what it does not know', () => {
  const translation = translate({ webapp: { port: 'eighty', debug: true } }, {})!;
  expect(translation.content).toEqual({ version: 1, listen: ['127.0.0.1:eighty'] });
  expect(translation.warnings.map(({ path }) => path)).toEqual([['webapp', 'debug']]);
  expect(translate({ webapp: { port: [80] } }, {})?.content).toEqual({ version: 1, listen: [] });
});
