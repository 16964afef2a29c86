import type { Host } from '../../contract/host.ts';

/** What is remembered of a host over restarts. */
export interface HostRow extends Omit<Host, 'state' | 'intervalSeconds' | 'series' | 'ownerTags' | 'judges'> {
  /** Missing where it never said. */
  judges?: string[];
  /** Null while it has not said. */
  intervalSeconds: number | null;
  /** It was offline when this was written: a restart of the hub does not make it online. */
  isOffline: boolean;
  /** Units that came with numbers, by source and metric. */
  units: Record<string, Record<string, string>>;
}

/** Hosts that have sent. Committed when a method returns; one that writes throws `disk_full` when it cannot. */
export interface HostStore {
  hosts(): HostRow[];
  /** Writes all of them, or throws and writes none. */
  putHosts(rows: readonly HostRow[]): void;
  /** Forgets a host with its tags. */
  removeHost(host: string): void;
  /** The tags that owners have given, by host; also of hosts that have not sent yet. */
  hostTags(): Map<string, string[]>;
  putHostTags(host: string, tags: readonly string[]): void;
}

/** What an owner decided of a host here, and other hubs were not told yet. */
export type Untold = { host: string; tags: readonly string[] } | { host: string; removedAt: number };

/** What is remembered over restarts of sharing with other hubs. Committed as that of `HostStore`. */
export interface SharedStore {
  untold(): Untold[];
  /** Does what the methods of `HostStore` do, and remembers in the same transaction that it is to be told. */
  decide(decided: Untold): void;
  /** This was told; what was decided since stays. */
  told(decided: Untold): void;
  /** Up to when all that is over at other hubs is known here, epoch milliseconds; null for never. */
  sharedUntil(): number | null;
  putSharedUntil(at: number): void;
}
