import { BlockList, isIP } from 'node:net';

const lists = new Map<string, BlockList>();

/** Whether an address is in one of these networks, each in CIDR notation or a single address. */
export function isWithin(address: string, networks: readonly string[]): boolean {
  const family = isIP(address);
  if (family === 0 || networks.length === 0) return false;
  return listOf(networks).check(address, family === 6 ? 'ipv6' : 'ipv4');
}

/** Cached, because settings name few networks and every request checks them. */
function listOf(networks: readonly string[]): BlockList {
  const key = networks.join(' ');
  let list = lists.get(key);
  if (list !== undefined) return list;
  list = new BlockList();
  for (const network of networks) {
    const [address = '', prefix] = network.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(prefix), family);
  }
  lists.clear();
  lists.set(key, list);
  return list;
}
