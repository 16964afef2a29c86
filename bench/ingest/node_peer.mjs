/** The least that a Node does to take samples: its HTTP server, a look at each field, and a map that keeps them. */
import { createServer } from 'node:http';

const kept = new Map();
const isText = (value) => typeof value === 'string' && value.length > 0 && value.length <= 200;

function take(batch) {
  if (!isText(batch?.host) || !Array.isArray(batch.samples) || batch.samples.length > 1000) return undefined;
  for (const { source, metric, value, at } of batch.samples)
    if (!isText(source) || !isText(metric) || !Number.isFinite(value) || !Number.isInteger(at))
      return undefined;
  for (const { source, metric, value, at } of batch.samples) {
    const series = `${batch.host}\n${source}\n${metric}`;
    const samples = kept.get(series);
    if (samples === undefined) kept.set(series, [[at, value]]);
    else samples.push([at, value]);
  }
  return { accepted: batch.samples.length };
}

createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const text = Buffer.concat(parts).toString();
    const answer = request.method === 'POST' ? take(JSON.parse(text)) : undefined;
    const body = JSON.stringify(answer ?? { error: 'no batch' });
    response.writeHead(answer === undefined ? 422 : 200, {
      'Content-Type': 'application/json',
      'Content-Length': Buffer.byteLength(body),
    });
    response.end(body);
  });
}).listen(Number(process.argv[2]), '127.0.0.1');
