import net from 'node:net';
import { expect, test } from 'vitest';
import { loopback } from '../../testing/loopback.ts';
import { readOnce } from '../../testing/read-once.ts';
import { tcp } from './tcp.ts';

test('a port that takes connections is reachable, however silent it is', async () => {
  const port = await loopback(net.createServer());
  const { values, error } = await readOnce(tcp, { host: '127.0.0.1', port });
  expect([values, error]).toEqual([{ reachable: 1, latency_ms: expect.any(Number) }, null]);
  expect(values['latency_ms']).toBeGreaterThan(0);
  expect((await readOnce(tcp, { host: 'localhost', port })).values).toMatchObject({ reachable: 1 });
});

test('a port that nobody listens on is a measurement without a latency, and no error', async () => {
  const server = net.createServer();
  const port = await loopback(server);
  server.close();
  expect(await readOnce(tcp, { host: '127.0.0.1', port })).toMatchObject({
    values: { reachable: 0 },
    error: null,
  });
});

test('silence is an answer, in time for the shortest interval', async () => {
  // A listener that accepts nothing: once its queue is full, no further connection is made.
  const server = net.createServer();
  server.listen({ port: 0, host: '127.0.0.1', backlog: 1 });
  const port = await loopback(server);
  const { values, error, durationMs } = await readOnce(
    tcp,
    // An address of TEST-NET-1 (RFC 5737), where nobody answers.
    { host: '192.0.2.1', port },
    { deadlineMs: 500 },
  );
  // A machine without a network reports that instead.
  if (error === null) expect(values).toEqual({ reachable: 0 });
  else expect(error).toMatchObject({ code: 'unreachable', message: expect.stringContaining('no route') });
  expect(durationMs).toBeLessThan(500);
});

test('a name that is not known is an error: nobody knows whether something is behind it', async () => {
  expect(await readOnce(tcp, { host: 'nobody.invalid', port: 80 })).toMatchObject({
    values: {},
    error: { code: 'unreachable', message: expect.stringContaining('nobody.invalid') },
  });
});

test('the metadata service of a cloud is never connected to', async () => {
  expect((await readOnce(tcp, { host: '169.254.169.254', port: 80 })).error).toMatchObject({
    code: 'forbidden',
  });
});
