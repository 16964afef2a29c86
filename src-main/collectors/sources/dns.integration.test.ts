import { expect, test } from 'vitest';
import { dnsServer, encodedName } from '../../testing/dns-server.ts';
import type { DnsAnswer } from '../../testing/dns-server.ts';
import { readOnce } from '../../testing/read-once.ts';
import { dns } from './dns.ts';

const address = (last: number) => ({ type: 1, content: Uint8Array.of(192, 0, 2, last) });
const answers = (...records: NonNullable<DnsAnswer>['records']): DnsAnswer => ({ code: 0, records });

async function ask(answer: DnsAnswer, options: Record<string, unknown> = {}, deadlineMs = 10_000) {
  const server = await dnsServer(answer);
  return readOnce(dns, { lookup: 'www.example.org', server, ...options }, { deadlineMs });
}

test.each<[string, DnsAnswer, Record<string, unknown>, Record<string, number>]>([
  ['an address', answers(address(1)), {}, { reachable: 1, response_code: 0, records: 1 }],
  [
    'two dozen addresses',
    answers(...Array.from({ length: 24 }, (_, at) => address(at))),
    {},
    { reachable: 1, response_code: 0, records: 24 },
  ],
  ['no such name', { code: 3, records: [] }, {}, { reachable: 0, response_code: 3, records: 0 }],
  ['no record', answers(), {}, { reachable: 0, response_code: 0, records: 0 }],
  ['a server failure', { code: 2, records: [] }, {}, { reachable: 0, response_code: 2 }],
  ['a refusal', { code: 5, records: [] }, {}, { reachable: 0, response_code: 5 }],
  [
    'what is expected among others',
    answers(address(1), address(2)),
    { expected: '192.0.2.2' },
    { reachable: 1, response_code: 0, records: 2 },
  ],
  [
    'something else than is expected',
    answers(address(1)),
    { expected: '192.0.2.10' },
    { reachable: 0, response_code: 0, records: 1 },
  ],
  [
    'an IPv6 address, however it is written',
    answers({ type: 28, content: Buffer.from('20010db8000000000000000000000001', 'hex') }),
    { recordType: 'AAAA', expected: '2001:DB8:0::1' },
    { reachable: 1, response_code: 0, records: 1 },
  ],
  [
    'a mail server',
    answers({ type: 15, content: Buffer.concat([Buffer.of(0, 10), encodedName('Mail.example.org')]) }),
    { recordType: 'MX', expected: 'mail.example.org.' },
    { reachable: 1, response_code: 0, records: 1 },
  ],
  [
    'a text in pieces',
    answers({ type: 16, content: Buffer.from('\u0004v=sp\u0006f1 all') }),
    { recordType: 'TXT', expected: 'v=spf1 all' },
    { reachable: 1, response_code: 0, records: 1 },
  ],
  [
    'another name',
    answers({ type: 5, content: encodedName('web.example.org') }),
    { recordType: 'CNAME', expected: 'web.example.org' },
    { reachable: 1, response_code: 0, records: 1 },
  ],
])('%s', async (_, answer, options, values) => {
  const { values: found, error } = await ask(answer, options);
  expect([found, error]).toEqual([{ ...values, latency_ms: expect.any(Number) }, null]);
});

test('silence is an answer, in time for the shortest interval', async () => {
  const { values, error, durationMs } = await ask(null, {}, 600);
  expect([values, error]).toEqual([{ reachable: 0 }, null]);
  expect(durationMs).toBeLessThan(600);
});

test.each<[string, Record<string, unknown>]>([
  ['an address to look up', { lookup: '192.0.2.1' }],
  ['an option to look up', { lookup: '-x' }],
  ['a name as the server', { lookup: 'a', server: 'dns.example.org' }],
  ['a metadata address as the server', { lookup: 'a', server: '169.254.169.253' }],
  ['a port beyond all', { lookup: 'a', server: '192.0.2.1:70000' }],
  ['another type', { lookup: 'a', recordType: 'ANY' }],
])('%s is refused', (_, options) => {
  expect(dns.options.safeParse(options).success).toBe(false);
});

test.each(['192.168.1.1', '192.168.1.1:5353', '2001:db8::1', '[2001:db8::1]', '[2001:db8::1]:5353'])(
  '%s is a server',
  (server) => expect(dns.options.parse({ lookup: 'a', server })).toMatchObject({ server, recordType: 'A' }),
);
