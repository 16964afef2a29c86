import { closeSync, openSync, readFileSync, readSync } from 'node:fs';
import { BlockList } from 'node:net';
import { endianness } from 'node:os';
import { messageOf, PlimsollError, systemCodeOf } from '../../../contract/error.ts';
import type { Routes } from '../system.ts';

/** Two thousand routes. A machine with more is a router, and IPv4's default route comes first. */
const bytesAtMost = 256 * 1024;

/**
 * Flags of a route (linux/route.h, linux/ipv6_route.h): it is up; it rejects; it leads to an address of this machine.
 */
const up = 0x1;
const reject = 0x200;
const local = 0x8000_0000;

/** VPNs add two routes, each for half of all addresses, beside the default route. */
const leadsOutBits = 1;

interface Route {
  network: string;
  bits: number;
  family: 'ipv4' | 'ipv6';
  device: string;
  flags: number;
}

/**
 * Reads the main tables `/proc/net/route` and `/proc/net/ipv6_route`, see proc(5). A route through a device that is
 * down or has no carrier does not count. Other tables are not shown there. Throws `unreadable` if there is no IPv4
 * table, or one so long that the machine must be a router.
 */
export function readRoutes(procRoot: string, sysRoot: string): Routes {
  const working = new Map<string, boolean>();
  const isUsable = ({ device, flags }: Route) => {
    if ((flags & up) === 0 || (flags & (reject | local)) !== 0 || device === 'lo') return false;
    const known = working.get(device) ?? works(sysRoot, device);
    working.set(device, known);
    return known;
  };
  const attached = new BlockList();
  for (const [file, routeIn] of tables) {
    for (const line of readTable(`${procRoot}/${file}`, file).split('\n')) {
      const route = routeIn(line.trim().split(/\s+/));
      if (route === undefined || !isUsable(route)) continue;
      if (route.bits <= leadsOutBits) return { leadOut: true, leadTo: () => false };
      attached.addSubnet(route.network, route.bits, route.family);
    }
  }
  return {
    leadOut: false,
    leadTo: (address) => attached.check(address, address.includes(':') ? 'ipv6' : 'ipv4'),
  };
}

const ipv4Table = 'net/route';
const ipv6Table = 'net/ipv6_route';
const tables = [
  [ipv4Table, ipv4Route],
  [ipv6Table, ipv6Route],
] as const;

/**
 * Columns: Iface, Destination, Gateway, Flags, RefCnt, Use, Metric, Mask, …; addresses in hexadecimal, in the
 * processor's byte order.
 */
function ipv4Route(columns: readonly string[]): Route | undefined {
  const [device = '', destination = '', , flags = '', , , , mask = ''] = columns;
  if (![destination, mask].every((text) => /^[0-9A-F]{8}$/i.test(text))) return undefined;
  const ones = Number.parseInt(mask, 16).toString(2).replaceAll('0', '').length;
  return { network: ipv4Text(destination), bits: ones, family: 'ipv4', device, flags: hex(flags) };
}

function ipv4Text(text: string): string {
  const bytes = [...Buffer.from(text, 'hex')];
  return (endianness() === 'LE' ? bytes.toReversed() : bytes).join('.');
}

/** Columns: destination, its bits, source, its bits, next hop, metric, references, use, flags, device. */
function ipv6Route(columns: readonly string[]): Route | undefined {
  const [destination = '', bits = '', , , , , , , flags = '', device = ''] = columns;
  // Link-local and multicast routes exist whatever the network does.
  if (!/^[0-9a-f]{32}$/i.test(destination) || /^(?:fe[89ab]|ff)/i.test(destination)) return undefined;
  const network = destination.match(/.{4}/g)?.join(':') ?? '';
  return { network, bits: hex(bits), family: 'ipv6', device, flags: hex(flags) };
}

function hex(text: string): number {
  return Number.parseInt(text, 16);
}

/** Tunnels report `unknown`, which counts as working. */
function works(sysRoot: string, device: string): boolean {
  try {
    const state = readFileSync(`${sysRoot}/class/net/${device}/operstate`, 'latin1').trim();
    return state === 'up' || state === 'unknown';
  } catch {
    return true;
  }
}

/** Empty if the kernel has no IPv6. */
function readTable(path: string, file: string): string {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (cause) {
    if (file === ipv6Table && systemCodeOf(cause) === 'ENOENT') return '';
    throw unreadable(path, messageOf(cause), cause);
  }
  try {
    const buffer = Buffer.allocUnsafe(bytesAtMost);
    let length = 0;
    while (length < bytesAtMost) {
      const count = readSync(descriptor, buffer, length, bytesAtMost - length, length);
      if (count === 0) return buffer.toString('latin1', 0, length);
      length += count;
    }
  } catch (cause) {
    throw unreadable(path, messageOf(cause), cause);
  } finally {
    closeSync(descriptor);
  }
  throw unreadable(path, 'it is longer than 256 KiB');
}

function unreadable(path: string, why: string, cause?: unknown): PlimsollError {
  return new PlimsollError('unreadable', `${path} cannot be read: ${why}.`, { retry: true, cause });
}
