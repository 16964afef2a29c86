import type { AlertContext } from '../../contract/alert-context.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import { revived } from '../../rules/state.ts';
import type { AlertFilter } from '../records/alerts-api.ts';
import type { Routed } from '../sending/routing.ts';
import { trackKey } from '../judging/track.ts';
import type { Change, KeptContext, Track } from '../judging/track.ts';
import { alertStatement, searchedText } from './alert-search.ts';
import { bodyOf } from './state-file.ts';
import type { StateFile } from './state-file.ts';

const openAlerts =
  "SELECT body FROM alert WHERE state = 'firing' OR json_extract(body, '$.recoveryOwed') ORDER BY fired_at";

/** The state of rules, their alerts with transitions, and the circumstances of alerts. */
export class AlertTables {
  readonly #file: StateFile;

  constructor(file: StateFile) {
    this.#file = file;
  }

  tracks(): Track[] {
    const tracks = this.#file.all('SELECT body FROM track').map(bodyOf) as Track[];
    return tracks.map((track) => ({ ...track, state: revived(track.state) }));
  }

  /** To be called within a transaction. */
  write({ tracks, forgottenTracks, alerts, transitions, contexts }: Change): void {
    for (const track of tracks) {
      this.#file.run(
        'INSERT OR REPLACE INTO track (key, body) VALUES (?, ?)',
        trackKey(track),
        JSON.stringify(track),
      );
    }
    for (const track of forgottenTracks) this.#file.run('DELETE FROM track WHERE key = ?', trackKey(track));
    for (const alert of alerts) {
      this.#file.run(
        `INSERT OR REPLACE INTO alert (id, rule_id, state, fired_at, body, severity, source, host, search)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
        alert.id,
        alert.ruleId,
        alert.state,
        alert.firedAt,
        JSON.stringify(alert),
        alert.severity,
        alert.series.source,
        alert.series.host,
        searchedText(alert),
      );
    }
    for (const transition of transitions) {
      this.#file.run(
        'INSERT INTO transition (alert_id, body) VALUES (?, ?)',
        transition.alertId,
        JSON.stringify(transition),
      );
    }
    for (const kept of contexts) this.#writeContext(kept);
  }

  #writeContext({ alertId, context }: KeptContext): void {
    this.#file.run(
      'INSERT OR REPLACE INTO alert_context (alert_id, at, body) VALUES (?, ?, ?)',
      alertId,
      context.at,
      JSON.stringify(context),
    );
  }

  /** Firing alerts, and those whose recovery is still to be announced; without fire drills. */
  open(): Alert[] {
    return this.#file
      .all(openAlerts)
      .map(bodyOf)
      .filter((alert) => (alert as Alert).drill !== true) as Alert[];
  }

  /** Fire drills that were not ended. */
  openDrills(): Alert[] {
    const open = this.#file.all(openAlerts).map(bodyOf) as Alert[];
    return open.filter(({ drill, state }) => drill === true && state === 'firing');
  }

  /** Newest first. */
  list(filter: AlertFilter): Alert[] {
    const { sql, values } = alertStatement(filter);
    return this.#file.all(sql, ...values).map(bodyOf) as Alert[];
  }

  one(id: string): Alert | undefined {
    const [row] = this.#file.all('SELECT body FROM alert WHERE id = ?', id);
    return row && (bodyOf(row) as Alert);
  }

  transitions(alertId: string): Transition[] {
    return this.#file
      .all('SELECT body FROM transition WHERE alert_id = ? ORDER BY id', alertId)
      .map(bodyOf) as Transition[];
  }

  /** The circumstances when it fired and whenever it became critical, oldest first. */
  contexts(alertId: string): AlertContext[] {
    return this.#file
      .all('SELECT body FROM alert_context WHERE alert_id = ? ORDER BY at', alertId)
      .map(bodyOf) as AlertContext[];
  }

  /**
   * How many alerts fired since then, grouped by what a route depends on, without drills; `announced` counts those that
   * were announced.
   */
  routedSince(from: number): (Routed & { alerts: number; announced: number })[] {
    const rows = this.#file.all(
      `SELECT severity, rule_id, host, body ->> '$.tags' AS tags, count(*) AS alerts, total(body ->> '$.announced') AS announced
       FROM alert WHERE fired_at >= ? AND body ->> '$.drill' IS NULL AND json_valid(body) GROUP BY 1, 2, 3, 4`,
      from,
    );
    return rows.map((row) => ({
      severity: row['severity'] === 'critical' ? 'critical' : 'warning',
      ruleId: String(row['rule_id']),
      host: String(row['host']),
      tags: typeof row['tags'] === 'string' ? (JSON.parse(row['tags']) as string[]) : [],
      alerts: Number(row['alerts']),
      announced: Number(row['announced']),
    }));
  }

  /**
   * Removes circumstances of alerts, except for the newest `kept` and those of firing alerts, at most `atMost`. Returns
   * how many it removed; alerts and their transitions stay.
   */
  forgetContexts(kept: number, atMost: number): number {
    return this.#file.run(
      `DELETE FROM alert_context WHERE rowid IN (
         SELECT rowid FROM alert_context
         WHERE rowid <= (SELECT rowid FROM alert_context ORDER BY rowid DESC LIMIT 1 OFFSET ?)
           AND alert_id NOT IN (SELECT id FROM alert WHERE state = 'firing')
         ORDER BY rowid LIMIT ?)`,
      kept,
      atMost,
    );
  }
}
