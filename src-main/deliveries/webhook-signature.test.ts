import { createHmac } from 'node:crypto';
import { expect, it } from 'vitest';
import { signed } from './webhook-signature.ts';

const at = Date.UTC(2026, 0, 5, 12, 0, 0, 987);
const sent = { id: 'msg_1', body: '{"a":"ü"}', at };

it('is the example of Standard Webhooks, as their libraries check it', () => {
  // github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md, "Signature scheme".
  const body = '{"test": 2432232314}';
  const key = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
  const headers = signed({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', body, key, at: 1_614_265_330_000 });
  expect(headers).toEqual({
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('takes any other text as a secret as it is, and covers id, time and body', () => {
  const expected = createHmac('sha256', 'geheim ß').update('msg_1.1767614400.{"a":"ü"}').digest('base64');
  expect(signed({ ...sent, key: 'geheim ß' })).toEqual({
    'webhook-id': 'msg_1',
    'webhook-timestamp': '1767614400',
    'webhook-signature': `v1,${expected}`,
  });
});

it.each(['whsec_', 'whsec_no base64!', 'whsec_%%%'])('%s is refused, and not repeated', (key) => {
  expect(() => signed({ ...sent, key })).toThrow(/is no Base64 behind it/);
});
