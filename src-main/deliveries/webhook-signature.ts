import { createHmac } from 'node:crypto';
import { PlimsollError } from '../contract/error.ts';

interface Signed {
  /** The same for every attempt. */
  id: string;
  body: string;
  /** `whsec_` and Base64, as in the libraries of Standard Webhooks, or any other text as it is. */
  key: string;
  /** The time of sending, epoch milliseconds. */
  at: number;
}

/**
 * Headers with which a receiver verifies that a webhook is from us, unchanged and recent: standardwebhooks.com, version
 * 1.
 */
export function signed({ id, body, key, at }: Signed): Record<string, string> {
  const seconds = Math.floor(at / 1000);
  const signature = createHmac('sha256', keyBytes(key)).update(`${id}.${seconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': `v1,${signature}`,
  };
}

function keyBytes(key: string): Buffer {
  if (!key.startsWith('whsec_')) return Buffer.from(key);
  const encoded = key.slice('whsec_'.length);
  const bytes = Buffer.from(encoded, 'base64');
  if (bytes.length === 0 || bytes.toString('base64').replace(/=+$/, '') !== encoded.replace(/=+$/, ''))
    throw new PlimsollError(
      'invalid_settings',
      'The signing secret begins with whsec_ and is no Base64 behind it.',
    );
  return bytes;
}
