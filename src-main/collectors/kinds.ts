/** The list: a new kind of source is one file beside this one, and one line here. */
export { certificate } from './certificate.ts';
export { cpu } from './cpu.ts';
export { disk } from './disk.ts';
export { dns } from './dns.ts';
export { file } from './file.ts';
export { heartbeat } from './heartbeat.ts';
export { http } from './http.ts';
export { memory } from './memory.ts';
export { network } from './network.ts';
export { ping } from './ping.ts';
export { prometheus } from './prometheus.ts';
export { push } from './push.ts';
export { tcp } from './tcp.ts';
