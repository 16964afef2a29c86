import type { Host } from '../../contract/host.ts';

/** What is stored of a host across restarts. */
export interface HostRow extends Omit<Host, 'state' | 'intervalSeconds' | 'series' | 'ownerTags' | 'judges'> {
  /** Absent if it never said. */
  judges?: string[];
  /** Null while it has not said. */
  intervalSeconds: number | null;
  /** It was offline when this was written: a restart of the hub does not make it online. */
  isOffline: boolean;
  /** Units that were sent with numbers, by source and metric. */
  units: Record<string, Record<string, string>>;
}

/** Hosts that have sent. Methods have committed when they return; those that write throw `disk_full` if they cannot. */
export interface HostStore {
  hosts(): HostRow[];
  /** Writes all of them, or throws and writes none. */
  putHosts(rows: readonly HostRow[]): void;
  /** Removes a host with its tags. */
  removeHost(host: string): void;
  /** The tags that owners have set, by host; also of hosts that have not sent yet. */
  hostTags(): Map<string, string[]>;
  putHostTags(host: string, tags: readonly string[]): void;
}

/** An owner's decision about a host that other hubs were not told yet. */
export type Untold = { host: string; tags: readonly string[] } | { host: string; removedAt: number };

/** What is stored about sharing with other hubs. Committed like `HostStore`. */
export interface SharedStore {
  untold(): Untold[];
  /** Does the same as the methods of `HostStore`, and records in the same transaction that other hubs must be told. */
  decide(decided: Untold): void;
  /** Records that this was told; later decisions stay. */
  told(decided: Untold): void;
  /** Up to when all ended alerts of other hubs are known here, epoch milliseconds; null for never. */
  sharedUntil(): number | null;
  putSharedUntil(at: number): void;
}
