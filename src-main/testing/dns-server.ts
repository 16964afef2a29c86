import dgram from 'node:dgram';
import { once } from 'node:events';
import { onTestFinished } from 'vitest';

/** What a server says: a response code and records, each with its type and content as RFC 1035 encodes it. Null is silence. */
export type DnsAnswer = { code: number; records: { type: number; content: Uint8Array }[] } | null;

/** A DNS server on UDP that gives every question the same answer; returns its address as the option `server` has it. */
export async function dnsServer(answer: DnsAnswer): Promise<string> {
  const socket = dgram.createSocket('udp4');
  socket.on('message', (query, sender) => {
    if (answer !== null) socket.send(response(query, answer), sender.port, sender.address);
  });
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  onTestFinished(() => void socket.close());
  return `127.0.0.1:${socket.address().port}`;
}

/** Header, the question as it was asked, and the records, whose names point at the question's (RFC 1035, 4.1). */
function response(query: Buffer, { code, records }: NonNullable<DnsAnswer>): Buffer {
  const questionEnd = query.indexOf(0, 12) + 5;
  const header = Buffer.from(query.subarray(0, 12));
  header.writeUInt16BE(0x8180 | code, 2);
  header.writeUInt16BE(records.length, 6);
  header.writeUInt16BE(0, 8);
  header.writeUInt16BE(0, 10);
  const encoded = records.map(({ type, content }) => {
    const head = Buffer.alloc(12);
    head.writeUInt16BE(0xc00c, 0);
    head.writeUInt16BE(type, 2);
    head.writeUInt16BE(1, 4);
    head.writeUInt32BE(60, 6);
    head.writeUInt16BE(content.length, 10);
    return Buffer.concat([head, content]);
  });
  return Buffer.concat([header, query.subarray(12, questionEnd), ...encoded]);
}

/** A name as a record holds it: each label behind its length. */
export function encodedName(name: string): Uint8Array {
  return Buffer.concat([
    ...name.split('.').map((label) => Buffer.concat([Buffer.of(label.length), Buffer.from(label)])),
    Buffer.of(0),
  ]);
}
