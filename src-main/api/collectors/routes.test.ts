import { gzipSync } from 'node:zlib';
import { beforeEach, describe, expect, test } from 'vitest';
import { ApiDoor } from '../../testing/api-door.ts';
import { readLine } from './line-protocol.ts';
import { fromSnappy } from './snappy.ts';
import { readWriteRequest } from './write-request.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

const at = Date.UTC(2026, 10, 25, 12);
const bytes = (...parts: (number | string | Uint8Array)[]) =>
  new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'number' ? Buffer.from([part]) : Buffer.from(part)))),
  );
/** A field of bytes that is shorter than 128. */
const field = (number: number, content: Uint8Array | string) =>
  bytes((number << 3) | 2, content.length, content);
const label = (name: string, value: string) => field(1, bytes(field(1, name), field(2, value)));
function sample(value: number, time: number): Uint8Array {
  const double = Buffer.alloc(8);
  double.writeDoubleLE(value);
  const varint: number[] = [];
  for (let left = BigInt(time); ; left >>= 7n) {
    varint.push(Number(left & 127n) | (left >= 128n ? 128 : 0));
    if (left < 128n) break;
  }
  return field(2, bytes(9, double, 16, new Uint8Array(varint)));
}
/** One literal that holds everything. */
const packed = (content: Uint8Array) =>
  bytes(
    (content.length & 127) | 128,
    content.length >>> 7,
    61 << 2,
    (content.length - 1) & 255,
    (content.length - 1) >>> 8,
    content,
  );
const seriesOf = (labels: Record<string, string>, ...samples: Uint8Array[]) => {
  const content = bytes(...Object.entries(labels).map(([name, value]) => label(name, value)), ...samples);
  return bytes(10, (content.length & 127) | 128, content.length >>> 7, content);
};

async function send(
  path: string,
  body: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
) {
  const answer = await door.ask(path, {
    method: 'POST',
    headers: { ...door.bearer('ingest'), ...headers },
    body,
  });
  return { status: answer.status, text: await answer.text() };
}
const write = (message: Uint8Array) =>
  send('/api/v1/write', packed(message), {
    'Content-Type': 'application/x-protobuf',
    'Content-Encoding': 'snappy',
  });
const taken = () =>
  door.monitor.posts.map(({ host, samples }) => [
    host,
    ...samples.map(({ source, metric, labels, value, at: time }) => [
      source,
      metric,
      labels,
      value,
      time - at,
    ]),
  ]);

describe('Snappy', () => {
  const unpacked = (...block: (number | string)[]) =>
    Buffer.from(fromSnappy(bytes(...block), 100)).toString();

  test('literals, and copies that reach into what they write', () => {
    expect(unpacked(3, 8, 'abc')).toBe('abc');
    expect(unpacked(9, 8, 'abc', 9, 3)).toBe('abcabcabc');
    expect(unpacked(9, 8, 'abc', (5 << 2) | 2, 3, 0)).toBe('abcabcabc');
    expect(unpacked(9, 8, 'abc', (5 << 2) | 3, 3, 0, 0, 0)).toBe('abcabcabc');
    expect(unpacked(3, 60 << 2, 2, 'abc')).toBe('abc');
    expect(unpacked(0)).toBe('');
  });

  test.each([
    ['nothing', []],
    ['a length without end', [255, 255, 255, 255, 255, 1]],
    ['a literal that ends too early', [3, 8, 'ab']],
    ['a literal that is too long', [2, 8, 'abc']],
    ['a copy of what is not there', [9, 8, 'abc', 9, 4]],
    ['a copy of nothing', [9, 8, 'abc', 9, 0]],
    ['a copy that is too long', [8, 8, 'abc', 9, 3]],
    ['a copy that is cut off', [9, 8, 'abc', (5 << 2) | 2, 3]],
    ['less than it says', [4, 8, 'abc']],
  ])('refuses %s', (_, block) => {
    expect(() => unpacked(...block)).toThrow(expect.objectContaining({ code: 'usage' }));
  });

  test('refuses to become too large before it is unpacked', () => {
    expect(() => unpacked(101)).toThrow(expect.objectContaining({ code: 'too_large' }));
  });
});

test('any cut of a write request is refused or read, and nothing else happens', () => {
  const whole = seriesOf({ __name__: 'up', host: 'a' }, sample(1, at));
  for (let length = 0; length < whole.length; length++) {
    try {
      readWriteRequest(whole.subarray(0, length), 10);
    } catch (thrown) {
      expect(thrown).toMatchObject({ code: 'usage' });
    }
  }
  expect(readWriteRequest(whole, 10)[0]?.samples).toEqual([{ value: 1, at }]);
});

describe('what is made to keep the hub busy is refused before it does', () => {
  const mebibytes = 8 * 1024 * 1024;
  const within = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
    // Of the processor, however much else the machine has to do.
    const from = process.cpuUsage();
    const result = await work();
    const { user, system } = process.cpuUsage(from);
    expect((user + system) / 1000).toBeLessThan(3000);
    return result;
  };
  const lines = (text: string | Uint8Array) =>
    send('/write', new Uint8Array(gzipSync(text)), { 'Content-Encoding': 'gzip' });

  test('a number that is long and none', async () => {
    expect(await within(() => readLine(`a,host=h b=${'1'.repeat(100_000)}x`))).toBeUndefined();
    expect(readLine('a b=1.,c=.5,d=-1.5e3,e=+2')?.fields).toEqual(
      new Map([
        ['b', 1],
        ['c', 0.5],
        ['d', -1500],
        ['e', 2],
      ]),
    );
  });

  test.each([
    ['that are none', 'x\n'],
    ['without a host', 'a b=1\n'],
    ['of too many samples', 'a,host=h b=1\n'],
  ])('millions of lines %s', async (_, line) => {
    const { status, text } = await within(() => lines(line.repeat((mebibytes - 100) / line.length)));
    expect([status, text]).toEqual([413, expect.stringContaining('at most 50000')]);
    expect(door.monitor.posts).toEqual([]);
  });

  test('a line of a million fields', async () => {
    const { status } = await within(() => lines(`a,host=h ${Array(1_000_000).fill('b=1').join(',')}`));
    expect(status).toBe(400);
  });

  const nested = (...numbers: number[]) =>
    numbers.reduceRight<Uint8Array>(
      (content, number) => {
        const { length } = content;
        const varint = [0, 7, 14, 21].map((bits) => ((length >>> bits) & 127) | (bits < 21 ? 128 : 0));
        return bytes((number << 3) | 2, new Uint8Array(varint), content);
      },
      new Uint8Array(Buffer.alloc(mebibytes - 100, new Uint8Array([10, 0]))),
    );
  const tooLarge = expect.objectContaining({ code: 'too_large' }) as unknown;

  test('a write request of millions of series, samples, labels, names of a label, or fields that are not known', async () => {
    const samples = new Uint8Array(nested(1));
    for (let place = 5; place < samples.length; place += 2) samples[place] = 18;
    for (const message of [nested(), samples, nested(1)])
      await within(() => expect(() => readWriteRequest(message, 50_000)).toThrow(tooLarge));
    expect(await within(() => readWriteRequest(nested(1, 1), 50_000))).toHaveLength(1);
    expect(
      await within(() =>
        readWriteRequest(
          nested().map((byte) => byte && 24),
          50_000,
        ),
      ),
    ).toEqual([]);
  });
});

describe('remote write', () => {
  test('is stored by host and job; what has no value, and what a Plimsoll wrote, is known as such', async () => {
    const message = bytes(
      seriesOf({ __name__: 'up', instance: 'web-1:9100', job: 'node' }, sample(1, at), sample(0, at + 5)),
      seriesOf({ __name__: 'up', instance: 'web-2:9100', job: 'node' }, sample(NaN, at)),
      seriesOf({ __name__: 'plimsoll_cpu_percent', host: 'web-3', source: 'cpu' }, sample(12.5, at)),
    );
    expect(await write(message)).toEqual({ status: 204, text: '' });
    const labels = { instance: 'web-1:9100' };
    expect(taken()).toEqual([
      ['web-1', ['node', 'up', labels, 1, 0], ['node', 'up', labels, 0, 5]],
      ['web-3', ['cpu', 'cpu_percent', {}, 12.5, 0]],
    ]);
  });

  test('says what is not stored, and stores the rest', async () => {
    const message = bytes(
      seriesOf({ __name__: 'up', job: 'node' }, sample(1, at)),
      seriesOf({ __name__: 'up', host: 'a' }, sample(1, at)),
    );
    const answer = await write(message);
    expect(answer.status).toBe(400);
    expect(answer.text).toContain('names no host');
    expect(taken()).toHaveLength(1);
  });

  test('refuses what is something else', async () => {
    const type = { 'Content-Type': 'application/x-protobuf', 'Content-Encoding': 'snappy' };
    expect((await send('/api/v1/write', '{}', { 'Content-Type': 'application/json' })).status).toBe(415);
    expect((await send('/api/v1/write', '{}', { 'Content-Type': 'application/x-protobuf' })).status).toBe(
      415,
    );
    expect((await send('/api/v1/write', '', type)).status).toBe(400);
    expect((await send('/api/v1/write', 'nonsense', type)).status).toBe(400);
    expect((await send('/api/v1/write', bytes(255, 255, 255, 127), type)).status).toBe(413);
    expect(door.monitor.posts).toEqual([]);
  });
});

describe('line protocol', () => {
  test('names, tags and fields, escaped and quoted', () => {
    expect(readLine(String.raw`my\ cpu,host=a\,b,x=1\=2 usage=1.5,n=3i,ok=t,text="a b,c=\"d\"" 17`)).toEqual({
      measurement: 'my cpu',
      tags: new Map([
        ['host', 'a,b'],
        ['x', '1=2'],
      ]),
      fields: new Map([
        ['usage', 1.5],
        ['n', 3],
        ['ok', 1],
      ]),
      time: 17n,
    });
  });

  test.each([
    'cpu',
    'cpu value',
    'cpu value=',
    'cpu value=1x',
    'cpu value="a',
    'cpu,host value=1',
    'cpu value=1 x',
    'cpu value=NaN',
    ',a=b v=1',
    'a v=1 2 3',
  ])('%s is no line', (line) => expect(readLine(line)).toBeUndefined());

  test.each([
    ['/write', 'ns', BigInt(at) * 1_000_000n],
    ['/write', 'u', BigInt(at) * 1000n],
    ['/api/v2/write', 'ms', BigInt(at)],
    ['/api/v2/write', 's', BigInt(at) / 1000n],
    ['/write', 'h', BigInt(at) / 3_600_000n],
  ])('%s in %s', async (path, precision, time) => {
    const line = `cpu,host=web-1,cpu=cpu0 usage_idle=98.5,name="x" ${time}\n\n# nothing\n`;
    expect(await send(`${path}?db=telegraf&precision=${precision}`, line)).toEqual({ status: 204, text: '' });
    expect(taken()).toEqual([['web-1', ['cpu', 'usage_idle', { cpu: 'cpu0' }, 98.5, 0]]]);
  });

  test('packed, without a time, with a token as InfluxDB has it, and what a Plimsoll wrote', async () => {
    const { token } = door.access.createToken('influx', 'ingest');
    const headers = { Authorization: `Token ${token}`, 'Content-Encoding': 'gzip' };
    const body = new Uint8Array(gzipSync('cpu_percent,host=web-1,source=cpu value=12.5'));
    expect((await send('/api/v2/write', body, headers)).status).toBe(204);
    expect(taken()).toEqual([['web-1', ['cpu', 'cpu_percent', {}, 12.5, door.clock.now() - at]]]);
  });

  test('stores what it can and says which line it could not', async () => {
    const body = `cpu,host=web-1 v=1\nnonsense\ncpu v=1\n`;
    const answer = await send('/write', body);
    expect([answer.status, JSON.parse(answer.text)]).toMatchObject([
      400,
      { error: { problems: [{ path: 'line 2' }, { path: 'line 3' }] } },
    ]);
    expect(taken()).toHaveLength(1);
  });

  test('a token of another host stores nothing, and too much is refused', async () => {
    const { token } = door.access.createToken('t', 'ingest', { host: 'web-2' });
    const both = 'cpu,host=web-2 v=1\ncpu,host=web-1 v=1';
    expect((await send('/write', both, { Authorization: `Bearer ${token}` })).status).toBe(403);
    const many = new Uint8Array(gzipSync('cpu,host=web-1 v=1\n'.repeat(50_001)));
    expect((await send('/write', many, { 'Content-Encoding': 'gzip' })).status).toBe(413);
    expect((await send('/write', ' '.repeat(1024 * 1024 + 1))).status).toBe(413);
    expect((await send('/write', new Uint8Array([255]))).status).toBe(400);
    expect((await send('/write', '')).status).toBe(400);
    expect(door.monitor.posts).toEqual([]);
  });
});
