/** The list: a new kind of source is one file beside this one, and one line here. */
export { battery } from './battery.ts';
export { connections } from './connections.ts';
export { cpu } from './cpu.ts';
export { disk } from './disk.ts';
export { diskIo } from './disk-io.ts';
export { http } from './http.ts';
export { memory } from './memory.ts';
export { mounts } from './mounts.ts';
export { network } from './network.ts';
export { processes } from './processes.ts';
export { temperatures } from './temperatures.ts';
export { uptime } from './uptime.ts';
