import { expect, test } from 'vitest';
import type { BridgeRequest, BridgeResponse, DesktopBridge } from '../../src-main/contract/desktop-bridge.ts';
import type { LiveEvent } from '../../src-main/contract/event.ts';
import { ApiError } from './api-error.ts';
import { desktopCarrier } from './desktop.ts';
import { PlimsollClient } from './plimsoll-client.ts';

function bridgeWith(answer: (request: BridgeRequest) => BridgeResponse) {
  const asked: BridgeRequest[] = [];
  const listeners = new Set<(event: LiveEvent) => void>();
  const bridge: DesktopBridge = {
    window: 'main',
    api(request) {
      asked.push(request);
      return Promise.resolve(answer(request));
    },
    listen(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    shell: () => Promise.resolve(null),
  };
  return { bridge, asked, listeners };
}

const json = (status: number, value: unknown): BridgeResponse => ({
  status,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(value),
});

test('calls are plain data: a path of the API, headers, and a body as text', async () => {
  const { bridge, asked } = bridgeWith(() => json(200, { revision: 'next' }));
  const client = new PlimsollClient(desktopCarrier(bridge));
  await client.alerts({ state: 'firing', limit: 5 });
  await client.deleteRule('a b', 'r1');
  await client.signIn('code');
  expect(asked.map(({ method, path, body }) => ({ method, path, body }))).toEqual([
    { method: 'GET', path: '/api/v1/alerts?limit=5&state=firing', body: null },
    { method: 'DELETE', path: '/api/v1/rules/a%20b?revision=r1', body: null },
    { method: 'POST', path: '/api/v1/session', body: '{"code":"code"}' },
  ]);
  expect(asked[2]?.headers['content-type']).toBe('application/json');
});

test('an answer without a body is one, and a typed error stays typed', async () => {
  const { bridge } = bridgeWith(({ method }) =>
    method === 'POST'
      ? { status: 204, headers: {}, body: '' }
      : json(409, { error: { code: 'conflict', message: 'moved on' } }),
  );
  const client = new PlimsollClient(desktopCarrier(bridge));
  await expect(client.restartStage('history')).resolves.toBeUndefined();
  const refused = client.settings();
  await expect(refused).rejects.toBeInstanceOf(ApiError);
  await expect(refused).rejects.toMatchObject({ status: 409, code: 'conflict', message: 'moved on' });
});

test('the stream is open at once, hands on every event, and ends when it is told to', async () => {
  const { bridge, listeners } = bridgeWith(() => json(200, {}));
  const heard: string[] = [];
  const stop = desktopCarrier(bridge).listen({
    opened: () => heard.push('opened'),
    event: (event) => heard.push(event.type),
    lost: () => heard.push('lost'),
  });
  await Promise.resolve();
  for (const listener of listeners) listener({ type: 'refresh' });
  expect(heard).toEqual(['opened', 'refresh']);
  stop();
  expect(listeners.size).toBe(0);
});
