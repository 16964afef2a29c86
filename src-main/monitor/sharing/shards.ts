import { crc32 } from 'node:zlib';

/** Hosts are divided into so many parts, each evaluated by one hub: enough for a dozen hubs to have even shares. */
export const shardCount = 64;

/** The part that a host belongs to. Every hub of every version says the same. */
export function shardOf(host: string): number {
  return crc32(host) % shardCount;
}
