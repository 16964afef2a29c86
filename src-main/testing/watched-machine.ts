import type { Alert } from '../contract/alert.ts';
import type { TimeLost } from '../contract/event.ts';
import type { Labels, Reading } from '../contract/sample.ts';
import { Judge } from '../monitor/judging/judge.ts';
import { parseSettings } from '../monitor/settings/schema.ts';
import { Silences } from '../monitor/judging/silences.ts';
import { TimeWatch } from '../monitor/time-watch.ts';
import { trackKey } from '../monitor/judging/track.ts';
import type { Track } from '../monitor/judging/track.ts';
import type { Moment, Verdict } from '../monitor/judging/verdict.ts';
import { revived } from '../rules/state.ts';

const second = 1000;
const tickMs = 10 * second;

/** What a rule of the machine says; the rest is a rule on the processor, above 80, that fires at once and has no cooldown. */
export type Said = Record<string, unknown>;

/**
 * A judge on a machine whose clocks a test turns: it can sleep, stand still, be restarted and have its clock set. Samples come
 * when the test says so, time is told every ten seconds, and what a verdict says is written and read again by a restart.
 */
export class WatchedMachine {
  /** What moved, as `a1 firing: violated_enough, announce first`. */
  moves: string[] = [];
  readonly lost: TimeLost['cause'][] = [];
  readonly alerts = new Map<string, Alert>();
  /** The quiet hours hold what is not critical until then; null while there are none. */
  quietUntil: number | null = null;
  readonly silences = new Silences(null, ({ severity }, now) => {
    const until = this.quietUntil;
    return until === null || now >= until || severity === 'critical'
      ? null
      : { reason: 'quiet_hours', until };
  });
  readonly #tracks = new Map<string, string>();
  /** Uptime counts sleep, the monotonic clock does not. */
  readonly #clocks = { wall: Date.UTC(2026, 0, 5, 12), monotonic: 500, uptime: 90_000_000 };
  #rules: Said[];
  #judge!: Judge;
  #watch!: TimeWatch;
  #ids = 0;
  /** Until the next tick. */
  #tickInMs = tickMs;

  constructor(rules: Said[], startsAt = Date.UTC(2026, 0, 5, 12)) {
    this.#rules = rules;
    this.#clocks.wall = startsAt;
    this.restart();
  }

  get now(): number {
    return this.#clocks.wall;
  }

  /** Begins a new process, so much later, with what was written. */
  restart(afterMs = 0): this {
    this.#advance(afterMs);
    const open = [...this.alerts.values()].filter((alert) => alert.state === 'firing' || alert.recoveryOwed);
    const tracks = [...this.#tracks.values()].map((body) => JSON.parse(body) as Track);
    this.#clocks.monotonic = 500;
    this.#judge = new Judge({
      host: 'box',
      tracks: tracks.map((track) => ({ ...track, state: revived(track.state) })),
      open: open.map((alert) => JSON.parse(JSON.stringify(alert)) as Alert),
      silenceFor: this.silences.for,
      newId: () => `a${++this.#ids}`,
    });
    this.#watch = new TimeWatch({
      clock: {
        now: () => this.#clocks.wall,
        monotonic: () => this.#clocks.monotonic,
        after: () => () => undefined,
      },
      uptime: () => this.#clocks.uptime,
      onLost: ({ cause }) => this.lost.push(cause),
    });
    this.configure(this.#rules);
    return this;
  }

  configure(rules: Said[]): this {
    this.#rules = rules;
    const settings = parseSettings({
      version: 1,
      sources: ['cpu', 'memory', 'mounts'].map((name) => ({ name, kind: name, intervalSeconds: 5 })),
      rules: rules.map((rule, index) => ({
        ...{ id: `r${index}`, name: `Rule ${index}`, source: 'cpu', metric: 'cpu_percent' },
        ...{ comparison: 'greater_than', threshold: 80, cooldownSeconds: 0 },
        ...rule,
      })),
      monitoring: { slowerOnBattery: false },
    });
    this.#keep(this.#judge.configure(settings, this.#moment()));
    return this;
  }

  /** All clocks go on, and time is told every ten seconds. */
  pass(ms: number): this {
    for (let left = ms; left > 0;) {
      const stepMs = Math.min(left, this.#tickInMs);
      this.#advance(stepMs);
      left -= stepMs;
      this.#tickInMs -= stepMs;
      if (this.#tickInMs > 0) continue;
      this.#tickInMs = tickMs;
      this.tick();
    }
    return this;
  }

  tick(): void {
    this.#keep(this.#judge.passTime(this.#moment()));
  }

  /** The machine sleeps. */
  sleep(ms: number): this {
    this.#clocks.wall += ms;
    this.#clocks.uptime += ms;
    return this;
  }

  /** Time passes while nothing of ours runs. */
  stall(ms: number): this {
    this.#advance(ms);
    return this;
  }

  /** The wall clock alone, as an owner or a time server sets it. */
  setClock(ms: number): this {
    this.#clocks.wall += ms;
    return this;
  }

  /** A sample of the processor for each value, five seconds apart. */
  cpu(...values: number[]): this {
    for (const value of values) {
      this.read('cpu', [{ metric: 'cpu_percent', labels: {}, value }]);
      this.pass(5 * second);
    }
    return this;
  }

  /** A reading of a source that fails, five seconds apart. */
  fails(source: string, times: number): this {
    for (let time = 0; time < times; time++) {
      this.read(source, [], 'unreachable');
      this.pass(5 * second);
    }
    return this;
  }

  read(
    source: string,
    samples: { metric: string; labels: Labels; value: number }[],
    error?: 'unreachable' | 'network_down',
  ) {
    const reading: Reading = {
      ...{ host: 'box', source, at: this.#clocks.wall, durationMs: 0, samples },
      error: error === undefined ? null : { code: error, message: 'It does not answer.' },
    };
    this.#keep(this.#judge.judge(reading, this.#moment()));
    return this;
  }

  acknowledge(id: string, note: string | null = null): this {
    this.#keep(this.#judge.alerts.acknowledge(id, null, note, this.#clocks.wall));
    return this;
  }

  unacknowledge(id: string): this {
    this.#keep(this.#judge.alerts.unacknowledge(id));
    return this;
  }

  /** For so long; null: until it is over. */
  snooze(id: string, ms: number | null, by: string | null = null): this {
    const { wall } = this.#clocks;
    this.#keep(this.#judge.alerts.snooze(id, by, ms === null ? null : wall + ms, wall));
    return this;
  }

  unsnooze(id: string, by: string | null = null): this {
    this.#keep(this.#judge.alerts.unsnooze(id, by, this.#clocks.wall));
    return this;
  }

  pause(ms: number): this {
    this.silences.pause(this.#clocks.wall + ms);
    return this;
  }

  /** What moved since it was last asked. */
  take(): string[] {
    const { moves } = this;
    this.moves = [];
    return moves;
  }

  #advance(ms: number): void {
    this.#clocks.wall += ms;
    this.#clocks.monotonic += ms;
    this.#clocks.uptime += ms;
  }

  /** As the monitor takes it. */
  #moment(): Moment {
    this.#watch.look();
    return this.#watch.moment();
  }

  #keep(verdict: Verdict): void {
    for (const track of verdict.tracks) this.#tracks.set(trackKey(track), JSON.stringify(track));
    for (const track of verdict.forgottenTracks) this.#tracks.delete(trackKey(track));
    for (const alert of verdict.alerts) this.alerts.set(alert.id, alert);
    for (const { transition, alert } of verdict.moves) {
      const { to, reason, announcement } = transition;
      const labels = Object.values(alert.series.labels).join();
      const name = labels === '' ? alert.id : `${alert.id} ${labels}`;
      this.moves.push(`${name} ${to}: ${reason}, ${announcement.decision} ${announcement.reason}`);
    }
  }
}
