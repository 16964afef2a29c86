/**
 * Posts batches of 20 samples over connections that stay open, each as soon as the one before it was answered, and prints what
 * came of it as JSON: `node load.ts URL TOKEN CONNECTIONS SECONDS SOURCES`. It speaks HTTP/1.1 itself, so that whoever answers is the slower one.
 */
import { connect } from 'node:net';
import type { Socket } from 'node:net';

/** What one run found. */
export interface Load {
  /** Answered with 200. */
  taken: number;
  /** All other answers, by status. */
  others: Record<string, number>;
  seconds: number;
  p50: number;
  p99: number;
  /** How much of one processor this program needed, 0 to 1. */
  own: number;
}

const [address = '', token = '', connections = '', seconds = '', sourceCount = ''] = process.argv.slice(2);
const url = new URL(address);
const hosts = 200;
const samplesInPost = 20;
const metrics = ['percent', 'used_bytes', 'wait_ms', 'per_second', 'free_percent'];
const sources = Array.from({ length: Number(sourceCount) }, (_, index) => `source-${index}`);

const head = [
  'POST /api/v1/ingest HTTP/1.1',
  `Host: ${url.host}`,
  `Authorization: Bearer ${token}`,
  'Content-Type: application/json',
].join('\r\n');

/** The time that the last post of each host had: no two of a host have the same. */
const lastAt = new Float64Array(hosts);
let post = 0;

function nextRequest(): string {
  const host = post++ % hosts;
  const now = Date.now();
  const at = Math.max(now, (lastAt[host] ?? 0) + 1);
  lastAt[host] = at;
  let samples = '';
  for (let index = 0; index < samplesInPost; index++) {
    const source = sources[index % sources.length] ?? '';
    const place = Math.floor(index / sources.length);
    const metric = `${metrics[place % metrics.length] ?? ''}_${Math.floor(place / metrics.length)}`;
    const value = Math.round(Math.random() * 10_000) / 100;
    samples += `${index === 0 ? '' : ','}{"source":"${source}","metric":"${metric}","value":${value},"at":${at}}`;
  }
  const body = `{"host":"web-${host}","sentAt":${now},"intervalSeconds":60,"samples":[${samples}]}`;
  // All of it is ASCII: as many bytes as characters.
  return `${head}\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
}

const took: number[] = [];
const others: Record<string, number> = {};
const end = performance.now() + Number(seconds) * 1000;

/** Posts until the time is over. Resolves when the last answer came. */
function drive(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    let sentAt = 0;
    let received = '';
    const send = (): void => {
      sentAt = performance.now();
      socket.write(nextRequest(), 'latin1');
    };
    socket.setNoDelay(true);
    socket.on('connect', send);
    socket.on('error', reject);
    socket.on('close', () => resolve());
    socket.on('data', (part: Buffer) => {
      received += part.toString('latin1');
      const headEnd = received.indexOf('\r\n\r\n');
      if (headEnd < 0) return;
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(received.slice(0, headEnd))?.[1]);
      if (Number.isNaN(length)) throw new Error(`an answer without a length: ${received}`);
      if (received.length < headEnd + 4 + length) return;
      const status = received.slice(9, 12);
      received = received.slice(headEnd + 4 + length);
      const now = performance.now();
      if (status === '200') took.push(now - sentAt);
      else others[status] = (others[status] ?? 0) + 1;
      if (now < end) send();
      else socket.destroy();
    });
  });
}

const began = performance.now();
await Promise.all(
  Array.from({ length: Number(connections) }, () => drive(connect(Number(url.port), url.hostname))),
);
const elapsed = (performance.now() - began) / 1000;
const { user, system } = process.cpuUsage();
took.sort((a, b) => a - b);
const percentile = (part: number): number => took[Math.max(0, Math.ceil(part * took.length) - 1)] ?? NaN;
const load: Load = {
  ...{ taken: took.length, others, seconds: elapsed },
  ...{ p50: percentile(0.5), p99: percentile(0.99), own: (user + system) / 1e6 / elapsed },
};
console.log(JSON.stringify(load));
