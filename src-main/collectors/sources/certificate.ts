import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { lookupAmong } from '../../base/http/lookup.ts';
import { systemCodeOf } from '../../contract/error.ts';
import { authorityFileSchema, readAuthorities } from '../../base/http/authority-file.ts';
import { nodeTls } from '../../base/http/node-http.ts';
import {
  addressesOf,
  checkMetrics,
  hostSchema,
  isHost,
  ownNetworkError,
  patienceMs,
  placeText,
  portSchema,
  roundMs,
} from '../targets/check-target.ts';
import { defineSource } from '../source-kind.ts';

const dayMs = 86_400_000;

const options = z.strictObject({
  host: hostSchema,
  port: portSchema.default(443),
  serverName: z
    .string()
    .refine((name) => isIP(name) === 0 && isHost(name), 'must be a name, such as www.example.org')
    .optional()
    .meta({
      title: 'Server name',
      description: 'The name that the certificate must be for, where it is not the host.',
    }),
  authorityFile: authorityFileSchema.optional(),
});
type CertificateOptions = z.infer<typeof options>;

/** The result of a TLS handshake, or the system's code for why there was none. */
type Shown = { expiresAt: number; isTrusted: boolean } | { code: string };

export const certificate = defineSource({
  kind: 'certificate',
  title: 'TLS certificate',
  description:
    'How long the certificate of a server is valid, and whether this machine trusts it for that name. Nothing is sent but the handshake.',
  intervalSeconds: 3600,
  example: { name: 'our certificate', host: 'www.example.org', authorityFile: 'own-ca.pem' },
  paths: ['authorityFile'],
  options,
  metrics: {
    ...checkMetrics(
      'the server showed a certificate within 5 s',
      'From the first packet to the end of the handshake; looking up the name is not in it.',
    ),
    certificate_days_left: {
      title: 'Certificate, days left',
      unit: 'none',
      help: "Days until the server's own certificate expires; negative when it has. Absent when none was shown.",
    },
    certificate_trusted: {
      title: 'Certificate trusted',
      unit: 'none',
      full: 1,
      help: '1 when the chain leads to an authority that is trusted here, is valid now and is for that name, else 0. Absent when none was shown.',
    },
  },
  asks: ({ host }) => host,
  open(chosen, { monotonic }) {
    return {
      async collect(signal, deadlineMs) {
        const { host, port, authorityFile } = chosen;
        const authorities = authorityFile === undefined ? undefined : await readAuthorities(authorityFile);
        const addresses = await addressesOf(host);
        const started = monotonic();
        const shown = await handshake(addresses, chosen, authorities, [
          signal,
          AbortSignal.timeout(patienceMs(deadlineMs)),
        ]);
        const latency = monotonic() - started;
        if ('code' in shown) {
          const problem = ownNetworkError(shown.code, placeText(host, port));
          if (problem !== undefined) throw problem;
          return [{ metric: 'reachable', labels: {}, value: 0 }];
        }
        const daysLeft = (shown.expiresAt - Date.now()) / dayMs;
        return [
          { metric: 'reachable', labels: {}, value: 1 },
          { metric: 'latency_ms', labels: {}, value: roundMs(latency) },
          { metric: 'certificate_days_left', labels: {}, value: Math.floor(daysLeft * 100) / 100 },
          { metric: 'certificate_trusted', labels: {}, value: shown.isTrusted ? 1 : 0 },
        ];
      },
    };
  },
});

/** Reads a certificate without trusting it, and closes the connection. */
async function handshake(
  addresses: LookupAddress[],
  { host, port, serverName = host }: CertificateOptions,
  authorities: string | undefined,
  signals: AbortSignal[],
): Promise<Shown> {
  const { promise, resolve } = Promise.withResolvers<Shown>();
  const name = isIP(serverName) === 0 ? domainToASCII(serverName).replace(/\.$/, '') : serverName;
  const socket = nodeTls().connect({
    host: name,
    port,
    lookup: lookupAmong(addresses),
    // IP addresses are not sent as server names (RFC 6066, 3).
    servername: isIP(name) === 0 ? name : '',
    // The connection is not relied on; `authorized` says whether it could be.
    rejectUnauthorized: false,
    ...(authorities !== undefined && { ca: authorities }),
  });
  const cut = () => resolve({ code: 'ETIMEDOUT' });
  const signal = AbortSignal.any(signals);
  signal.addEventListener('abort', cut, { once: true });
  socket.on('secureConnect', () => {
    const expiresAt = Date.parse(socket.getPeerCertificate().valid_to);
    resolve(Number.isNaN(expiresAt) ? { code: 'EPROTO' } : { expiresAt, isTrusted: socket.authorized });
  });
  socket.on('error', (error) => resolve({ code: systemCodeOf(error) ?? 'EPROTO' }));
  socket.on('close', cut);
  try {
    return await promise;
  } finally {
    signal.removeEventListener('abort', cut);
    socket.destroy();
  }
}
