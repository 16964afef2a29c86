import { messageOf } from '../../contract/error.ts';
import { trackKey } from '../judging/track.ts';
import type { Change } from '../judging/track.ts';
import type { DowntimeRow, DowntimeStore } from '../judging/downtimes.ts';
import { AccessTables } from './access-tables.ts';
import { AlertTables } from './alert-tables.ts';
import { DeliveryTables } from './delivery-tables.ts';
import { HostTables } from './host-tables.ts';
import { StateFile, bodyOf } from './state-file.ts';

/** How old the copy may become. */
const copyEveryMs = 5 * 60_000;

/** Opens what `directory` remembers and takes the lock on it; throws what `StateFile.open` throws. */
export function openState(directory: string): State {
  return new State(StateFile.open(directory));
}

/** What survives a restart. What changes several kinds of it is committed here. */
export class State implements DowntimeStore {
  readonly alerts: AlertTables;
  readonly deliveries: DeliveryTables;
  readonly hosts: HostTables;
  readonly access: AccessTables;
  readonly #file: StateFile;
  /** When the copy is looked at again, on the monotonic clock. */
  #copyAgainAt = -Infinity;

  constructor(file: StateFile) {
    this.alerts = new AlertTables(file);
    this.deliveries = new DeliveryTables(file);
    this.hosts = new HostTables(file);
    this.access = new AccessTables(file);
    this.#file = file;
  }

  /** What an owner should know about the start; null when nothing is amiss. */
  get notice(): string | null {
    return this.#file.notice;
  }

  close(): void {
    this.#file.close();
  }

  /**
   * To be called every few seconds, `monotonic` in milliseconds: writes the file again where it was removed, and replaces the copy
   * that a start goes on from. Returns what an owner should know of it; null where nothing is amiss.
   */
  look(monotonic: number): string | null {
    try {
      const notice = this.#file.look();
      const isDue = monotonic >= this.#copyAgainAt;
      if (isDue) this.#copyAgainAt = monotonic + copyEveryMs;
      this.#file.keepCopy(isDue);
      return notice;
    } catch (thrown) {
      return messageOf(thrown);
    }
  }

  /** Writes all of it, or throws and writes nothing. */
  commit(change: Change): void {
    this.#file.transaction(() => {
      this.alerts.write(change);
      this.deliveries.write(change);
    });
  }

  /** Forgets what is going on of these hosts, which another hub goes on with. What is over stays. */
  leave(isLeft: (host: string) => boolean): void {
    this.#file.transaction(() => {
      for (const track of this.alerts.tracks())
        if (isLeft(track.series.host)) this.#file.run('DELETE FROM track WHERE key = ?', trackKey(track));
      for (const row of this.#file.all('SELECT DISTINCT host FROM alert')) {
        const host = String(row['host']);
        if (!isLeft(host)) continue;
        this.#file.run(
          `DELETE FROM delivery WHERE state IN ('queued', 'held') AND alert_id IN (SELECT id FROM alert WHERE host = ?)`,
          host,
        );
        this.#file.run(
          `DELETE FROM alert WHERE host = ? AND (state = 'firing' OR json_extract(body, '$.recoveryOwed'))`,
          host,
        );
      }
    });
  }

  /** Until when nothing is announced, epoch milliseconds; null when no pause was asked for. */
  get pausedUntil(): number | null {
    const [row] = this.#file.all("SELECT value FROM fact WHERE name = 'paused-until'");
    return row === undefined ? null : Number(row['value']);
  }

  set pausedUntil(until: number | null) {
    if (until === null) this.#file.run("DELETE FROM fact WHERE name = 'paused-until'");
    else
      this.#file.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('paused-until', ?)", String(until));
  }

  /** How long each heartbeat had been waited for when that was last remembered, in milliseconds by source. */
  get heartbeatAges(): Record<string, number> {
    const [row] = this.#file.all(
      "SELECT value FROM fact WHERE name = 'heartbeat-ages' AND json_valid(value)",
    );
    return row === undefined ? {} : (JSON.parse(String(row['value'])) as Record<string, number>);
  }

  set heartbeatAges(ages: Record<string, number>) {
    this.#file.run(
      "INSERT OR REPLACE INTO fact (name, value) VALUES ('heartbeat-ages', ?)",
      JSON.stringify(ages),
    );
  }

  downtimes(): DowntimeRow[] {
    return this.#file
      .all('SELECT body FROM downtime WHERE json_valid(body) ORDER BY rowid')
      .map(bodyOf) as DowntimeRow[];
  }

  putDowntime(row: DowntimeRow): void {
    this.#file.run('INSERT OR REPLACE INTO downtime (id, body) VALUES (?, ?)', row.id, JSON.stringify(row));
  }

  removeDowntime(id: string): void {
    this.#file.run('DELETE FROM downtime WHERE id = ?', id);
  }
}
