import dgram from 'node:dgram';
import { getServers, Resolver } from 'node:dns/promises';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { addressKind } from '../../base/http/address.ts';
import type { PlimsollError } from '../../contract/error.ts';
import { systemCodeOf } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { checkMetrics, isHost, ownNetworkError, patienceMs, roundMs } from '../targets/check-target.ts';
import { defineSource } from '../source-kind.ts';

const recordTypes = ['A', 'AAAA', 'MX', 'TXT', 'CNAME'] as const;
type RecordType = (typeof recordTypes)[number];

const options = z.strictObject({
  lookup: z
    .string()
    .refine(
      (name) => isIP(name) === 0 && isHost(name),
      'must be a name alone, such as example.org; addresses are not looked up',
    )
    .meta({ title: 'Name to look up', description: 'Such as example.org.' }),
  recordType: z.enum(recordTypes).default('A').meta({
    title: 'Record type',
    description: 'A for IPv4 addresses, AAAA for IPv6, MX for mail, TXT for texts, CNAME for other names.',
  }),
  server: z
    .string()
    .refine((text) => serverProblem(text) === undefined, { error: (issue) => serverProblem(issue.input) })
    .optional()
    .meta({
      title: 'Name server',
      description:
        'The IP address of the server to ask, with a port where it is not 53: 192.168.1.1 or [2001:db8::1]:5353. Without it, those of this machine.',
    }),
  expected: z.string().min(1).max(1000).optional().meta({
    title: 'Expected value',
    description:
      'One of the records must be this: an address, a name, a text; for MX the name of the mail server.',
  }),
});

function serverProblem(input: unknown): string | undefined {
  const [, bracketed, plain, port] =
    typeof input === 'string'
      ? (/^(?:\[(.+)\]|([^[\]:]+|[^[\]]*:[^[\]]*:[^[\]]*))(?::(\d{1,5}))?$/.exec(input) ?? [])
      : [];
  const address = bracketed ?? plain ?? '';
  if (isIP(address) === 0 || address.includes('%') || Number(port ?? 53) > 65_535 || Number(port ?? 53) < 1)
    return 'must be an IP address, such as 192.168.1.1 or [2001:db8::1]:5353';
  return addressKind(address) === 'metadata'
    ? 'is a link-local or cloud metadata address, which is never asked'
    : undefined;
}

/** Errors of c-ares by the server's response code (RFC 1035, 4.1.1); ENODATA is an answer without records. */
const responseCodes: Record<string, number> = {
  ENODATA: 0,
  EFORMERR: 1,
  ESERVFAIL: 2,
  ENOTFOUND: 3,
  ENOTIMP: 4,
  EREFUSED: 5,
};

/** A longer answer would be an attack; its further records are still counted. */
const recordsCompared = 1000;

/** Asks the name server itself, so that neither the system's cache nor its `hosts` file interferes. */
export const dns = defineSource({
  kind: 'dns',
  title: 'DNS record',
  description:
    'Whether a name can be looked up, how fast, and with what result. The response code tells a name that is not there from a server that fails.',
  intervalSeconds: 60,
  example: { name: 'our name', lookup: 'www.example.org', recordType: 'A', expected: '192.0.2.10' },
  options,
  metrics: {
    ...checkMetrics(
      'there is at least one record of that type, and the expected one where one is expected',
      'From the question to the answer, also when the answer is that there is nothing.',
    ),
    records: {
      title: 'Records',
      unit: 'count',
      help: 'How many records of that type the answer holds; 0 when the name is there without one, or is not there. Absent when no answer came, or a server failed.',
    },
    response_code: {
      title: 'Response code',
      unit: 'none',
      help: 'As RFC 1035 numbers them: 0 no error, 1 format error, 2 server failure, 3 no such name, 4 not implemented, 5 refused. Absent when no answer came in time.',
    },
  },
  asks: ({ server }) => (server === undefined ? null : serverAddress(server)),
  open({ lookup, recordType, server, expected }, { monotonic }) {
    return {
      async collect(signal, deadlineMs) {
        const resolver = new Resolver({ timeout: Math.ceil(patienceMs(deadlineMs)), tries: 1 });
        if (server !== undefined) resolver.setServers([server]);
        const patience = AbortSignal.any([signal, AbortSignal.timeout(patienceMs(deadlineMs))]);
        patience.addEventListener('abort', () => resolver.cancel(), { once: true });
        const started = monotonic();
        try {
          const records = await recordsOf(resolver, domainToASCII(lookup), recordType);
          const isExpected =
            expected === undefined || records.slice(0, recordsCompared).some(sameAs(expected, recordType));
          return measurements(isExpected && records.length > 0, monotonic() - started, 0, records.length);
        } catch (thrown) {
          const latency = monotonic() - started;
          const responseCode = responseCodes[systemCodeOf(thrown) ?? ''];
          if (responseCode === undefined) {
            await demandRoute(server ?? getServers()[0]);
            return measurements(false);
          }
          const isKnown = responseCode === 0 || responseCode === 3;
          return measurements(false, latency, responseCode, isKnown ? 0 : undefined);
        }
      },
    };
  },
});

function measurements(
  reachable: boolean,
  latencyMs?: number,
  responseCode?: number,
  records?: number,
): Measurement[] {
  const values = {
    reachable: reachable ? 1 : 0,
    latency_ms: latencyMs === undefined ? undefined : roundMs(latencyMs),
    response_code: responseCode,
    records,
  };
  return Object.entries(values).flatMap(([metric, value]) =>
    value === undefined ? [] : [{ metric, labels: {}, value }],
  );
}

async function recordsOf(resolver: Resolver, name: string, type: RecordType): Promise<string[]> {
  switch (type) {
    case 'A':
      return resolver.resolve4(name);
    case 'AAAA':
      return resolver.resolve6(name);
    case 'CNAME':
      return resolver.resolveCname(name);
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ exchange }) => exchange);
    case 'TXT':
      // A text longer than 255 bytes comes in pieces that are joined (RFC 7208, 3.3).
      return (await resolver.resolveTxt(name)).map((pieces) => pieces.join(''));
  }
}

/** Names are compared ignoring case and a trailing dot, addresses ignoring how they are written; texts exactly. */
function sameAs(expected: string, type: RecordType): (record: string) => boolean {
  const plain = (text: string) =>
    type === 'TXT'
      ? text
      : isIP(text) === 6
        ? new URL(`http://[${text}]/`).hostname
        : text.replace(/\.$/, '').toLowerCase();
  return (record) => plain(record) === plain(expected);
}

/** Without brackets and port. */
function serverAddress(server: string): string {
  return server.replace(/^\[(.*)\](:\d+)?$/, '$1').replace(/^([\d.]+):\d+$/, '$1');
}

/**
 * Throws if this machine has no route to the server. Connecting a UDP socket consults the routing table and sends
 * nothing.
 */
async function demandRoute(server: string | undefined): Promise<void> {
  const address = serverAddress(server ?? '');
  const family = isIP(address);
  if (family === 0) return;
  const socket = dgram.createSocket(family === 6 ? 'udp6' : 'udp4');
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  socket.on('error', (error) => resolve(systemCodeOf(error)));
  socket.connect(53, address, () => resolve(undefined));
  try {
    const problem: PlimsollError | undefined = ownNetworkError(await promise, `the name server ${address}`);
    if (problem !== undefined) throw problem;
  } finally {
    socket.close();
  }
}
