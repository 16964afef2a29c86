import { expect, test } from 'vitest';
import { monitoringSchema } from '../../src-main/contract/settings.ts';
import { hubAddresses } from './hub-addresses.ts';

const monitoring = monitoringSchema.parse({ plimsollUrl: 'https://plimsoll.example.org/' });
const bare = { monitoring: monitoringSchema.parse({}) };
const hub = { enabled: true, allowAnonymousFrom: [] };

test('the address that the browser uses is the first, unless every machine would find itself there', () => {
  expect(hubAddresses('http://10.0.0.2:8888', bare)).toEqual(['http://10.0.0.2:8888']);
  expect(hubAddresses('http://127.0.0.1:8888', bare)).toEqual(['http://127.0.0.1:8888']);
  expect(hubAddresses('http://127.0.0.1:8888', { monitoring })).toEqual([
    ...['https://plimsoll.example.org', 'http://127.0.0.1:8888'],
  ]);
});

test('names and listeners of the hub are known, with its port and as it is served', () => {
  const settings = {
    ...bare,
    hub: { ...hub, names: ['hub.example.org', 'proxy.example.org:443'] },
    listen: ['0.0.0.0:8888', '192.168.1.5:8888', '127.0.0.1:8888'],
  };
  expect(hubAddresses('https://localhost:8888', settings)).toEqual([
    'https://hub.example.org:8888',
    'https://proxy.example.org:443',
    'https://192.168.1.5:8888',
    'https://localhost:8888',
    'https://127.0.0.1:8888',
  ]);
  const tls = { ...hub, tlsCertificate: 'hub.pem', tlsKey: 'hub.key' };
  expect(hubAddresses(null, { ...bare, hub: tls, listen: ['192.168.1.5:9000'] })).toEqual([
    'https://192.168.1.5:9000',
  ]);
  expect(hubAddresses(null, null)).toEqual([]);
});
