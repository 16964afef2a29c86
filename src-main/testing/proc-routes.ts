import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const head = 'Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n';
const attached = 'eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n';
const out = 'eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n';

/** The routing table of a machine in 192.168.1.0/24, as it stands below `/proc` and `/sys` on x86 and ARM: with its default route or without. */
export function writeRoutes(root: string, hasDefault: boolean, operstate = 'up'): void {
  mkdirSync(join(root, 'net'), { recursive: true });
  mkdirSync(join(root, 'class/net/eth0'), { recursive: true });
  writeFileSync(join(root, 'net/route'), `${head}${hasDefault ? out : ''}${attached}`);
  writeFileSync(join(root, 'class/net/eth0/operstate'), `${operstate}\n`);
}
