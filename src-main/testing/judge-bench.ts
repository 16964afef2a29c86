import type { Rule } from '../contract/rule.ts';
import type { Measurement } from '../contract/sample.ts';
import type { Settings } from '../contract/settings.ts';
import { Judge } from '../monitor/judging/judge.ts';
import type { PastQuestion } from '../monitor/judging/past-questions.ts';
import { Silences } from '../monitor/judging/silences.ts';
import { trackKey } from '../monitor/judging/track.ts';
import type { Track } from '../monitor/judging/track.ts';
import type { Verdict } from '../monitor/judging/verdict.ts';
import { parseSettings } from '../monitor/settings/schema.ts';
import { revived } from '../rules/state.ts';

const second = 1000;
const hour = 3_600_000;

/** What a rule says that is about how full mounts are. */
export const onMounts = { source: 'mounts', metric: 'mount_percent' };

/** A judge that is told of samples and of time, with what survives a kill beside it. */
export class JudgeBench {
  readonly tracks = new Map<string, string>();
  readonly alerts = new Map<string, Verdict['alerts'][number]>();
  moves: string[] = [];
  now = Date.UTC(2026, 0, 5, 12);
  monotonic = 0;
  silences = new Silences(null);
  #ids = 0;
  #judge!: Judge;
  readonly #rules: Partial<Rule>[];

  constructor(...rules: Partial<Rule>[]) {
    this.#rules = rules;
    this.restart();
  }

  restart(): void {
    const open = [...this.alerts.values()].filter(({ state }) => state === 'firing');
    // As the state is written and read.
    const tracks = [...this.tracks.values()].map((body) => JSON.parse(body) as Track);
    const alive = tracks.map((track) => ({ ...track, state: revived(track.state) }));
    this.#judge = new Judge({
      ...{ host: 'box', tracks: alive, open, silenceFor: this.silences.for },
      newId: () => `a${++this.#ids}`,
    });
    this.monotonic = 0;
    this.configure(...this.#rules);
  }

  configure(...rules: Partial<Rule>[]): void {
    this.set({}, ...rules);
  }

  /** The same with other keys of the settings. */
  set(also: Partial<Record<keyof Settings, unknown>>, ...rules: Partial<Rule>[]): void {
    const settings = parseSettings({
      version: 1,
      sources: [
        { name: 'mounts', kind: 'mounts', intervalSeconds: 10 },
        { name: 'memory', kind: 'memory', intervalSeconds: 10 },
      ],
      rules: rules.map((rule, index) => ({
        ...{ id: `r${index}`, name: `Rule ${index}`, source: 'memory', metric: 'memory_percent' },
        ...{ comparison: 'greater_than', ...(rule.baseline === undefined && { threshold: 80 }) },
        ...rule,
      })),
      monitoring: { rawRetentionHours: 4 * 7 * 24 },
      ...also,
    });
    this.#keep(this.#judge.configure(settings, this));
  }

  pass(ms: number): this {
    this.now += ms;
    this.monotonic += ms;
    return this;
  }

  /** Ten seconds at a time, as the monitor tells it; what it says meanwhile is kept. */
  wait(ms: number): this {
    for (let left = ms; left > 0; left -= 10 * second) {
      this.pass(Math.min(left, 10 * second));
      this.tick();
    }
    return this;
  }

  tick(): void {
    this.#keep(this.#judge.passTime({ now: this.now, monotonic: this.monotonic }));
  }

  reading(source: string, samples: Measurement[], error: string | null = null): Verdict {
    const verdict = this.#judge.judge(
      {
        ...{ host: 'box', source, at: this.now, durationMs: 0, samples },
        error: error === null ? null : { code: 'unreachable', message: error },
      },
      this,
    );
    this.#keep(verdict);
    return verdict;
  }

  /** One value of the memory, then ten seconds. */
  memory(value: number, also: Record<string, number> = {}): this {
    const others = Object.entries(also).map(([metric, value]) => ({ metric, labels: {}, value }));
    this.reading('memory', [{ metric: 'memory_percent', labels: {}, value }, ...others]);
    return this.wait(10 * second);
  }

  mounts(values: Record<string, number>): Verdict {
    const verdict = this.reading(
      'mounts',
      Object.entries(values).map(([mount, value]) => ({ metric: 'mount_percent', labels: { mount }, value })),
    );
    this.wait(10 * second);
    return verdict;
  }

  question(): PastQuestion | null {
    return this.#judge.past.next(this);
  }

  learn(question: PastQuestion, at: number[], values: number[]): void {
    const series = { host: 'box', source: 'memory', metric: 'memory_percent', labels: {} };
    const columns = { at, min: values, avg: values, max: values };
    this.#judge.past.learn(question, { series, from: 0, to: this.now, bucketMs: hour, ...columns });
  }

  pause(ms: number): void {
    this.silences.pause(this.now + ms);
  }

  get firing(): string[] {
    return this.#judge.alerts.firing().map(({ series }) => Object.values(series.labels).join());
  }

  /** What moved since it was last asked. */
  take(): string[] {
    const { moves } = this;
    this.moves = [];
    return moves;
  }

  #keep(verdict: Verdict): void {
    for (const track of verdict.tracks) this.tracks.set(trackKey(track), JSON.stringify(track));
    for (const track of verdict.forgottenTracks) this.tracks.delete(trackKey(track));
    for (const alert of verdict.alerts) this.alerts.set(alert.id, alert);
    for (const { transition, alert } of verdict.moves) {
      const { to, reason, announcement } = transition;
      const labels = Object.values(alert.series.labels).join();
      this.moves.push(
        `${alert.id}${labels === '' ? '' : ` ${labels}`} ${to}: ${reason}, ${announcement.decision} ${announcement.reason}`,
      );
    }
  }
}
