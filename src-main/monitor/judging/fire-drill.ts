import type { SilenceFor } from '../../alerts/announce.ts';
import { resolve } from '../../alerts/lifecycle.ts';
import type { Clock } from '../../base/clock.ts';
import type { Alert } from '../../contract/alert.ts';
import { ruleSchema } from '../../contract/rule.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { Judge } from './judge.ts';
import { ownSource } from '../own-source.ts';
import type { Moment, Verdict } from './verdict.ts';

/** How long a drill fires before it ends by itself. */
export const drillMs = 15_000;

/** The rule that a drill violates. It is in no settings, and its series has no source. */
const drillRule = ruleSchema.parse({
  id: 'fire-drill',
  name: 'Fire drill',
  source: ownSource,
  metric: 'fire_drill',
  comparison: 'greater_than',
  threshold: 50,
  cooldownSeconds: 0,
});

interface FireDrillParts {
  host: string;
  clock: Clock;
  settings(): Settings;
  silenceFor: SilenceFor;
  newId(): string;
  /** Commits, publishes and delivers, as for any other verdict. */
  conclude(verdict: Verdict, reading: Reading | null, moment: Moment): void;
}

/**
 * Tests the alarm: an invented violation goes the whole way, from evaluation through the state and the outbox to every
 * enabled destination, and ends by itself. Everything about it says that it is a drill. It has its own judge, so that
 * the state of rules and series is not affected.
 */
export class FireDrill {
  readonly #parts: FireDrillParts;
  #running: { judge: Judge; alertId: string; cancel: () => void } | null = null;

  constructor(parts: FireDrillParts) {
    this.#parts = parts;
  }

  /** Starts a drill and returns the id of its alert; if one is already running, its id. */
  start(): string {
    if (this.#running !== null) return this.#running.alertId;
    const { host, clock, settings, silenceFor, newId } = this.#parts;
    const judge = new Judge({ host, tracks: [], open: [], silenceFor, newId });
    judge.configure({ ...settings(), sources: [], rules: [drillRule] }, this.#moment());
    const alertId = this.#judge(judge, 100);
    this.#running = { judge, alertId, cancel: clock.after(drillMs, () => this.#end()) };
    return alertId;
  }

  /**
   * Ends drills that were interrupted by the end of Plimsoll; everybody who was told of them is told that they are
   * over.
   */
  endLeft(left: readonly Alert[]): void {
    const moment = this.#moment();
    for (const alert of left) {
      const silence = this.#parts.silenceFor({ ...alert, rule: drillRule }, moment.now);
      const moved = resolve(alert, 'back_within', moment.now, null, silence);
      this.#parts.conclude(
        {
          tracks: [],
          forgottenTracks: [],
          alerts: [moved.alert],
          moves: [{ ...moved, rule: drillRule }],
          furtherViolations: [],
          judged: [],
        },
        null,
        moment,
      );
    }
  }

  /** Leaves a running drill for the next start to end. */
  stop(): void {
    this.#running?.cancel();
    this.#running = null;
  }

  #end(): void {
    const running = this.#running;
    this.#running = null;
    if (running !== null) this.#judge(running.judge, 0);
  }

  #judge(judge: Judge, value: number): string {
    const moment = this.#moment();
    const reading: Reading = {
      host: this.#parts.host,
      source: ownSource,
      at: moment.now,
      durationMs: 0,
      samples: [{ metric: drillRule.metric, labels: {}, value }],
      error: null,
    };
    const verdict = judge.judge(reading, moment);
    const drill = (alert: Alert): Alert => ({ ...alert, drill: true });
    this.#parts.conclude(
      {
        tracks: [],
        forgottenTracks: [],
        alerts: verdict.alerts.map(drill),
        moves: verdict.moves.map((move) => ({ ...move, alert: drill(move.alert) })),
        furtherViolations: [],
        judged: [],
      },
      reading,
      moment,
    );
    return verdict.alerts[0]?.id ?? '';
  }

  #moment(): Moment {
    return { now: this.#parts.clock.now(), monotonic: this.#parts.clock.monotonic() };
  }
}
