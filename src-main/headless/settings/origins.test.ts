import { expect, it } from 'vitest';
import { originRows } from './origins.ts';

it('every setting is one row: the environment, then the file, then the default', () => {
  const settings = {
    version: 1,
    sources: [{ name: 'cpu', intervalSeconds: 2, path: undefined, enabled: true }],
    destinations: [{ password: { env: 'SMTP_PASSWORD' }, headers: { env: 'a', file: 'b' }, to: ['a', 'b'] }],
    rules: [],
  };
  const overrides = [
    { path: 'sources[0].intervalSeconds', origin: 'environment: MONITOR_INTERVAL', value: 2 },
  ];
  const inFile = new Set([
    'version',
    'sources,0,name',
    'sources,0,intervalSeconds',
    'destinations,0,password',
  ]);
  const rows = originRows(settings, overrides, (path) =>
    inFile.has(path.join()) ? 'a.yaml:1:1' : undefined,
  );
  expect(rows.map(({ path, value, origin }) => `${path} ${value} ${origin}`)).toEqual([
    'version 1 a.yaml:1:1',
    'sources[0].name "cpu" a.yaml:1:1',
    'sources[0].intervalSeconds 2 environment: MONITOR_INTERVAL',
    'sources[0].enabled true default',
    'destinations[0].password {"env":"SMTP_PASSWORD"} a.yaml:1:1',
    'destinations[0].headers.env "a" default',
    'destinations[0].headers.file "b" default',
    'destinations[0].to[0] "a" default',
    'destinations[0].to[1] "b" default',
    'rules [] default',
  ]);
});
