import { crc32 } from 'node:zlib';

/** Hosts are divided into this many shards, each evaluated by one hub: enough for even shares among a dozen hubs. */
export const shardCount = 64;

/** The shard of a host. It must be the same in every hub and version. */
export function shardOf(host: string): number {
  return crc32(host) % shardCount;
}
