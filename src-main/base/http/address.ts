import { BlockList, isIPv4 } from 'node:net';

/**
 * The class of an IP address. `metadata`: link-local addresses and others at which a cloud gives credentials to any
 * program in the machine. `private`: this machine, local networks, and addresses that are no single public host.
 * `public`: all others.
 */
export type AddressKind = 'metadata' | 'private' | 'public';

/** Amazon, Google, Azure and Alibaba; others use 169.254.169.254, which is link-local. */
const metadata = blockList(
  ['169.254.0.0/16', '100.100.100.200/32', '168.63.129.16/32'],
  ['fe80::/10', 'fd00:ec2::254/128', 'fd20:ce::254/128'],
);

/** Addresses that the IANA registries of special-purpose addresses list as not globally reachable, and multicast. */
const notPublic = blockList(
  [
    ...['0.0.0.0/8', '10.0.0.0/8', '100.64.0.0/10', '127.0.0.0/8', '172.16.0.0/12', '192.0.0.0/24'],
    ...['192.0.2.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24'],
    ...['224.0.0.0/4', '240.0.0.0/4'],
  ],
  [
    ...['::/128', '::1/128', '64:ff9b:1::/48', '100::/64', '2001:db8::/32', '3fff::/20', '5f00::/16'],
    ...['fc00::/7', 'fec0::/10', 'ff00::/8'],
  ],
);

function blockList(v4: readonly string[], v6: readonly string[]): BlockList {
  const list = new BlockList();
  const add = (subnet: string, family: 'ipv4' | 'ipv6') => {
    const [network = '', bits] = subnet.split('/');
    list.addSubnet(network, Number(bits), family);
  };
  for (const subnet of v4) add(subnet, 'ipv4');
  for (const subnet of v6) add(subnet, 'ipv6');
  return list;
}

/**
 * The class of a literal IPv4 or IPv6 address. An IPv4 address embedded in an IPv6 address is classified too; the
 * stricter class counts.
 */
export function addressKind(address: string): AddressKind {
  const bare = address.replace(/%.*$/, '');
  const wrapped = isIPv4(bare) ? bare : ipv4Inside(bare);
  const kinds = [kindIn(bare), ...(wrapped === undefined ? [] : [kindIn(wrapped)])];
  return kinds.includes('metadata') ? 'metadata' : kinds.includes('private') ? 'private' : 'public';
}

function kindIn(address: string): AddressKind {
  const family = isIPv4(address) ? 'ipv4' : 'ipv6';
  if (metadata.check(address, family)) return 'metadata';
  return notPublic.check(address, family) ? 'private' : 'public';
}

/** The IPv4 address in a mapped, compatible (RFC 4291), translated (RFC 6052) or 6to4 (RFC 3056) IPv6 address. */
function ipv4Inside(address: string): string | undefined {
  const groups = groupsOf(address);
  const start = groups.slice(0, 6).join();
  const isTail = ['0,0,0,0,0,0', '0,0,0,0,0,65535', '0,0,0,0,65535,0', '100,65435,0,0,0,0'].includes(start);
  const [high, low] = isTail ? groups.slice(6) : groups[0] === 0x2002 ? groups.slice(1) : [];
  if (high === undefined || low === undefined || (start === '0,0,0,0,0,0' && high === 0)) return undefined;
  return [high >> 8, high & 255, low >> 8, low & 255].join('.');
}

/** The eight groups of an IPv6 address. The URL parser normalizes it to the short form without a dotted tail (RFC 5952). */
function groupsOf(address: string): number[] {
  const short = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [left = [], right = []] = short
    .split('::')
    .map((side) => (side === '' ? [] : side.split(':').map((group) => Number.parseInt(group, 16))));
  return [...left, ...Array.from({ length: 8 - left.length - right.length }, () => 0), ...right];
}
