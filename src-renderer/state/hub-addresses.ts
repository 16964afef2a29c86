import type { Settings } from '../../src-main/contract/settings.ts';

/** Whether an address is a loopback address, which leads each machine to itself. */
export function leadsHome(address: string): boolean {
  return /^https?:\/\/(localhost|127\.[\d.]+|\[::1\])([:/]|$)/i.test(address);
}

/**
 * Addresses at which other machines may reach this hub, most likely first: the one the browser uses, the one that
 * messages link to, and those of its listener. Loopback addresses come last.
 */
export function hubAddresses(
  used: string | null,
  settings: Pick<Settings, 'hub' | 'listen' | 'monitoring'> | null,
): string[] {
  const { hub, listen = [], monitoring } = settings ?? {};
  const port = used === null ? '' : portOf(used);
  const isTls = used === null ? hub?.tlsCertificate !== undefined : used.startsWith('https:');
  const scheme = isTls ? 'https' : 'http';
  const named = (hub?.names ?? []).map((name) => `${scheme}://${/:\d+$/.test(name) ? name : name + port}`);
  // A wildcard stands for all addresses of the machine, none of which are known here.
  const listening = listen
    .filter((address) => !/^(0\.0\.0\.0|\[::\]):/.test(address))
    .map((address) => `${scheme}://${address}`);
  const all = [used, monitoring?.plimsollUrl, ...named, ...listening].flatMap((address) =>
    address === null || address === undefined || address === '' ? [] : [address.replace(/\/+$/, '')],
  );
  const once = [...new Set(all)];
  return [...once.filter((address) => !leadsHome(address)), ...once.filter(leadsHome)];
}

function portOf(address: string): string {
  return /^https?:\/\/[^/]*(:\d+)/.exec(address)?.[1] ?? '';
}
