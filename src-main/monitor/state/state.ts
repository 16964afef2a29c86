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

/** Opens the state in `directory` and locks it; throws like `StateFile.open`. */
export function openState(directory: string): State {
  return new State(StateFile.open(directory));
}

/** Everything that survives a restart. Changes of several parts are committed here. */
export class State implements DowntimeStore {
  readonly alerts: AlertTables;
  readonly deliveries: DeliveryTables;
  readonly hosts: HostTables;
  readonly access: AccessTables;
  readonly #file: StateFile;
  /** When the copy is checked again, on the monotonic clock. */
  #copyAgainAt = -Infinity;

  constructor(file: StateFile) {
    this.alerts = new AlertTables(file);
    this.deliveries = new DeliveryTables(file);
    this.hosts = new HostTables(file);
    this.access = new AccessTables(file);
    this.#file = file;
  }

  /** What an owner should know about the start; null if nothing is wrong. */
  get notice(): string | null {
    return this.#file.notice;
  }

  close(): void {
    this.#file.close();
  }

  /**
   * Writes the file again if it was removed, and updates the copy that a start can continue from. To be called every
   * few seconds, with `monotonic` in milliseconds. Returns what an owner should know about it; null if nothing is
   * wrong.
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

  /** Writes everything, or throws and writes nothing. */
  commit(change: Change): void {
    this.#file.transaction(() => {
      this.alerts.write(change);
      this.deliveries.write(change);
    });
  }

  /** Removes the open state of these hosts, which another hub continues. What is over stays. */
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

  /** The end of the pause in announcements, epoch milliseconds; null if no pause was requested. */
  get pausedUntil(): number | null {
    const [row] = this.#file.all("SELECT value FROM fact WHERE name = 'paused-until'");
    return row === undefined ? null : Number(row['value']);
  }

  set pausedUntil(until: number | null) {
    if (until === null) this.#file.run("DELETE FROM fact WHERE name = 'paused-until'");
    else
      this.#file.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('paused-until', ?)", String(until));
  }

  /** The last stored age of each heartbeat, in milliseconds by source. */
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
