import type { LookupAddress } from 'node:dns';
import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { z } from 'zod';
import { checkedAddresses, systemResolve } from '../../base/http/lookup.ts';
import type { ResolveName } from '../../base/http/lookup.ts';
import { PlimsollError, systemCodeOf } from '../../contract/error.ts';
import type { MetricDefinition } from '../../contract/metric.ts';

/** Labels of letters, digits, hyphens and underscores (RFC 952, RFC 1123; underscores are in use), 253 characters at most. */
const hostName =
  /^(?=.{1,253}$)[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?(?:\.[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?)*\.?$/i;

/**
 * Whether a text is a host name or an IP address. It then contains nothing that a program or a URL could misinterpret.
 */
export function isHost(text: string): boolean {
  if (isIP(text) !== 0) return !text.includes('%');
  // `domainToASCII` drops line ends and decodes %2d, so it gets only plain characters.
  return /^[\p{L}\p{M}\p{N}._-]{1,253}$/u.test(text) && hostName.test(domainToASCII(text));
}

/** The option `host` of every source that checks whether something answers. */
export const hostSchema = z
  .string()
  .refine(isHost, 'must be a name or an IP address alone, such as nas.local or 192.168.1.20')
  .meta({ title: 'Host', description: 'A name or an IP address, such as nas.local or 192.168.1.20.' });

/** The option `port` of every source that connects to one. */
export const portSchema = z
  .int()
  .min(1)
  .max(65_535)
  .meta({ title: 'Port', description: 'Such as 22 for SSH or 443 for HTTPS.' });

/** Longer than three TCP attempts take, and short enough for the usual intervals. */
const patienceAtMostMs = 5_000;

/** The metrics of every check, with words for what it asks. */
export function checkMetrics(answers: string, latency: string) {
  return {
    reachable: {
      title: 'Reachable',
      unit: 'none',
      full: 1,
      help: `1 when ${answers}, else 0. Absent while this machine has no network itself or the name cannot be looked up: then nobody knows.`,
    },
    latency_ms: {
      title: 'Latency',
      unit: 'milliseconds',
      help: `${latency} Absent when there was no answer.`,
    },
  } satisfies Record<string, MetricDefinition>;
}

/** Host and port as in messages: an IPv6 address is in brackets. */
export function placeText(host: string, port: number): string {
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/**
 * The addresses of a host, without metadata addresses. Throws `unreachable` if the name cannot be looked up: nobody
 * knows then whether anything answers there.
 */
export async function addressesOf(
  host: string,
  resolve: ResolveName = systemResolve,
): Promise<LookupAddress[]> {
  try {
    return await checkedAddresses(isIP(host) === 0 ? domainToASCII(host) : host, host, 'allowed', resolve);
  } catch (thrown) {
    if (thrown instanceof PlimsollError) throw thrown;
    throw new PlimsollError(
      'unreachable',
      systemCodeOf(thrown) === 'ENOTFOUND'
        ? `The name ${host} is not known. Check how it is spelt, and that this machine can look up names.`
        : `No name server answered for ${host}. Check the network and the name server of this machine.`,
      { retry: true, cause: thrown },
    );
  }
}

/** Error codes for failures on this machine, which say nothing about the target. */
const ownNetworkCodes = new Set(['ENETUNREACH', 'ENETDOWN', 'EADDRNOTAVAIL', 'EACCES', 'EPERM']);

/** The error if a failure is about this machine rather than its target; otherwise undefined. */
export function ownNetworkError(code: string | undefined, place: string): PlimsollError | undefined {
  if (code === undefined || !ownNetworkCodes.has(code)) return undefined;
  const why =
    code === 'EACCES' || code === 'EPERM'
      ? `This system does not let Plimsoll connect to ${place}. Check the firewall of this machine.`
      : `This machine has no route to ${place}. Check its network.`;
  return new PlimsollError('unreachable', why, { retry: true });
}

/** How long to wait for an answer. Less than the whole deadline, so that there is time to report silence. */
export function patienceMs(deadlineMs = Number.POSITIVE_INFINITY): number {
  return Math.min(patienceAtMostMs, deadlineMs * 0.9);
}

/** Rounds milliseconds for reporting. */
export function roundMs(ms: number): number {
  return Math.round(ms * 100) / 100;
}
