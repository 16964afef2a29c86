import { LinuxSystem } from './linux.ts';
import { PortableSystem } from './portable.ts';
import type { System } from './system.ts';

/** Opens this machine in the cheapest way that its platform offers. */
export function openSystem(): System {
  return process.platform === 'linux' ? new LinuxSystem() : new PortableSystem();
}
