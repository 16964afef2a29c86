import { generateKeyPairSync, randomBytes, sign } from 'node:crypto';
import type { KeyObject } from 'node:crypto';

/** A certificate that exists for one test. */
export interface TestCertificate {
  /** PEM. */
  pem: string;
  /** PEM, PKCS #8. */
  key: string;
}

interface CertificateWishes {
  /** The DNS name that it is for; `localhost` stands for 127.0.0.1 as well. */
  name: string;
  /** Valid from and until, epoch milliseconds; without them, an hour around now. */
  from?: number;
  until?: number;
}

const minutes = 60_000;

/** Makes a self-signed certificate (RFC 5280) with an Ed25519 key: nothing of it is kept, and no file can expire. */
export function testCertificate({ name, from, until }: CertificateWishes): TestCertificate {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const subject = sequence(set(sequence(objectId('550403'), der(0x0c, Buffer.from(name)))));
  const content = sequence(
    der(0xa0, der(0x02, Buffer.of(2))),
    der(0x02, Buffer.concat([Buffer.of(1), randomBytes(8)])),
    ed25519,
    subject,
    sequence(time(from ?? Date.now() - 30 * minutes), time(until ?? Date.now() + 30 * minutes)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(subjectAlternativeName(name))),
  );
  return {
    pem: pemOf(sequence(content, ed25519, bitString(signature(content, privateKey)))),
    key: pkcs8(privateKey),
  };
}

/** Tag, length, content, as X.690 has it. */
function der(tag: number, ...content: Uint8Array[]): Uint8Array {
  const bytes = Buffer.concat(content);
  const long =
    bytes.length < 128 ? [] : [...(bytes.length > 255 ? [bytes.length >> 8] : []), bytes.length & 255];
  return Buffer.concat([
    Buffer.from(long.length === 0 ? [tag, bytes.length] : [tag, 0x80 | long.length, ...long]),
    bytes,
  ]);
}

const sequence = (...content: Uint8Array[]) => der(0x30, ...content);
const set = (...content: Uint8Array[]) => der(0x31, ...content);
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const bitString = (bytes: Uint8Array) => der(0x03, Buffer.of(0), bytes);
const ed25519 = sequence(objectId('2b6570'));

function subjectAlternativeName(name: string): Uint8Array {
  const loopback = name === 'localhost' ? [der(0x87, Buffer.of(127, 0, 0, 1))] : [];
  return sequence(objectId('551d11'), der(0x04, sequence(der(0x82, Buffer.from(name)), ...loopback)));
}

/** UTCTime, such as 260105120000Z. */
function time(at: number): Uint8Array {
  return der(
    0x17,
    Buffer.from(
      new Date(at)
        .toISOString()
        .replace(/[-:T]|\.\d+/g, '')
        .slice(2),
    ),
  );
}

function signature(content: Uint8Array, key: KeyObject): Uint8Array {
  return sign(null, content, key);
}

function pkcs8(key: KeyObject): string {
  return key.export({ type: 'pkcs8', format: 'pem' }).toString();
}

function pemOf(bytes: Uint8Array): string {
  const lines = Buffer.from(bytes).toString('base64').replace(/.{64}/g, '$&\n');
  return `-----BEGIN CERTIFICATE-----\n${lines}\n-----END CERTIFICATE-----\n`;
}
