import { describe, expect, it } from 'vitest';
import type { Rule } from '../../contract/rule.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { Judge } from './judge.ts';
import { parseSettings } from '../settings/schema.ts';
import { Silences } from './silences.ts';
import { trackKey } from './track.ts';
import type { Track } from './track.ts';
import type { Verdict } from './verdict.ts';

const second = 1000;
const minute = 60 * second;

function settings(rule: Partial<Rule> = {}, also: Partial<Record<keyof Settings, unknown>> = {}): Settings {
  return parseSettings({
    version: 1,
    sources: [{ name: 'cpu', kind: 'cpu', intervalSeconds: 5 }],
    rules: [
      {
        id: 'cpu-high',
        name: 'CPU above 80 %',
        source: 'cpu',
        metric: 'cpu_percent',
        comparison: 'greater_than',
        threshold: 80,
        consecutiveViolations: 2,
        cooldownSeconds: 600,
        ...rule,
      },
    ],
    ...also,
  });
}

/** A judge with what survives a kill beside it: everything a verdict says is to be written. */
class Bench {
  readonly tracks = new Map<string, Track>();
  readonly alerts = new Map<string, Verdict['alerts'][number]>();
  readonly moves: string[] = [];
  host = 'box';
  now = Date.UTC(2026, 0, 5, 12);
  monotonic = 0;
  silences = new Silences(null);
  #ids = 0;
  #judge!: Judge;

  constructor() {
    this.restart();
  }

  restart(rules: Settings = settings()): void {
    const open = [...this.alerts.values()].filter((alert) => alert.state === 'firing' || alert.recoveryOwed);
    this.#judge = new Judge({
      host: this.host,
      tracks: [...this.tracks.values()],
      open,
      silenceFor: this.silences.for,
      newId: () => `a${++this.#ids}`,
    });
    this.monotonic = 0;
    this.configure(rules);
  }

  configure(rules: Settings): void {
    this.#keep(this.#judge.configure(rules, this));
  }

  pass(ms: number): this {
    this.now += ms;
    this.monotonic += ms;
    return this;
  }

  sample(value: number, labels: Record<string, string> = {}): Verdict {
    const reading: Reading = {
      host: this.host,
      source: 'cpu',
      at: this.now,
      durationMs: 1,
      samples: [{ metric: 'cpu_percent', labels, value }],
      error: null,
    };
    const verdict = this.#judge.judge(reading, this);
    this.#keep(verdict);
    this.pass(5 * second);
    return verdict;
  }

  tick(): void {
    this.#keep(this.#judge.passTime({ now: this.now, monotonic: this.monotonic }));
  }

  pause(ms: number): void {
    this.silences.pause(this.now + ms);
  }

  snooze(id: string, ms: number): void {
    this.#keep(this.#judge.alerts.snooze(id, null, this.now + ms, this.now));
  }

  acknowledge(id: string, note: string): void {
    this.#keep(this.#judge.alerts.acknowledge(id, null, note, this.now));
  }

  get firing(): string[] {
    return this.#judge.alerts.firing().map((alert) => alert.id);
  }

  #keep(verdict: Verdict): void {
    for (const track of verdict.tracks) this.tracks.set(trackKey(track), structuredClone(track));
    for (const track of verdict.forgottenTracks) this.tracks.delete(trackKey(track));
    for (const alert of verdict.alerts) this.alerts.set(alert.id, alert);
    for (const { transition } of verdict.moves) {
      const { alertId, to, reason, announcement } = transition;
      this.moves.push(`${alertId} ${to}: ${reason}, ${announcement.decision} ${announcement.reason}`);
    }
  }
}

describe('Judge', () => {
  it('fires at the second violation in a row, follows the worst value, and resolves', () => {
    const bench = new Bench();
    for (const value of [90, 85, 97, 82, 40]) bench.sample(value);
    expect(bench.moves).toEqual([
      'a1 firing: violated_enough, announce first',
      'a1 resolved: back_within, announce recovery',
    ]);
    expect(bench.alerts.get('a1')).toMatchObject({
      firedValue: 85,
      worstValue: 97,
      lastValue: 40,
      state: 'resolved',
    });
  });

  it.each([
    ['after 1 of 2 violations', [90], [90], ['a1 firing: violated_enough, announce first']],
    ['after 2 of 2 violations', [90, 90], [90], ['a1 firing: violated_enough, announce first']],
    [
      'while firing',
      [90, 90, 90],
      [90, 40],
      ['a1 firing: violated_enough, announce first', 'a1 resolved: back_within, announce recovery'],
    ],
  ])('goes on where it was when it is restarted %s', (_when, before, after, moves) => {
    const bench = new Bench();
    for (const value of before) bench.sample(value);
    bench.pass(20 * second).restart();
    for (const value of after) bench.sample(value);
    expect(bench.moves).toEqual(moves);
  });

  it('begins the row anew when the restart took longer than a minute', () => {
    const bench = new Bench();
    bench.sample(90);
    bench.pass(61 * second).restart();
    bench.sample(90);
    expect(bench.moves).toEqual([]);
  });

  it('keeps the cooldown over a restart, and announces late what still fires when it ends', () => {
    const bench = new Bench();
    for (const value of [90, 90, 40]) bench.sample(value);
    bench.restart();
    for (const value of [90, 90]) bench.sample(value);
    expect(bench.moves.slice(2)).toEqual(['a2 firing: violated_enough, hold cooldown']);
    for (let tick = 0; tick < 121; tick++) bench.sample(91);
    bench.sample(40);
    expect(bench.moves.slice(3)).toEqual([
      'a2 firing: still_firing, announce cooldown_over',
      'a2 resolved: back_within, announce recovery',
    ]);
  });

  it('says nothing of the recovery when the firing was held', () => {
    const bench = new Bench();
    for (const value of [90, 90, 40, 90, 90, 40]) bench.sample(value);
    expect(bench.moves.at(-1)).toBe('a2 resolved: back_within, hold firing_not_announced');
  });

  it.each([
    ['rule_disabled', settings({ enabled: false })],
    ['rule_removed', settings({}, { rules: [] })],
    [
      'rule_changed',
      settings(
        { source: 'memory', metric: 'memory_percent' },
        { sources: ['cpu', 'memory'].map((kind) => ({ name: kind, kind })) },
      ),
    ],
    ['source_removed', settings({}, { rules: [], sources: [] })],
    ['source_removed', settings({}, { sources: [{ name: 'cpu', kind: 'cpu', enabled: false }] })],
  ])('ends a firing alert with the reason %s, also when it happened while nobody ran', (reason, changed) => {
    const live = new Bench();
    for (const value of [90, 90]) live.sample(value);
    live.configure(changed);
    live.pass(12 * second).tick();
    const restarted = new Bench();
    for (const value of [90, 90]) restarted.sample(value);
    restarted.restart(changed);
    for (const bench of [live, restarted]) {
      expect(bench.moves.at(-1)).toBe(`a1 resolved: ${reason}, announce recovery`);
      expect(bench.firing).toEqual([]);
      expect(bench.tracks.size).toBe(0);
    }
  });

  it.each([
    ['a rule', settings({}, { rules: [] })],
    ['a source with its rules', settings({}, { rules: [], sources: [] })],
  ])('lets an alert go on whose deletion is undone in time: %s', (_what, without) => {
    const bench = new Bench();
    for (const value of [90, 97]) bench.sample(value);
    bench.acknowledge('a1', 'looking at it');
    bench.configure(without);
    bench.pass(10 * second).tick();
    expect(bench.firing).toEqual(['a1']);
    bench.configure(settings());
    bench.pass(10 * second).tick();
    for (let tick = 0; tick < 3; tick++) bench.sample(92);
    expect([bench.moves, bench.firing]).toEqual([['a1 firing: violated_enough, announce first'], ['a1']]);
    expect(bench.alerts.get('a1')).toMatchObject({ note: 'looking at it', worstValue: 97 });
    bench.sample(40);
    expect(bench.moves.at(-1)).toBe('a1 resolved: back_within, announce recovery');

    bench.configure(without);
    bench.pass(12 * second).tick();
    expect(bench.tracks.size).toBe(0);
  });

  it('counts on where a rule stood whose deletion is undone', () => {
    const bench = new Bench();
    bench.sample(90);
    bench.configure(settings({}, { rules: [] }));
    bench.configure(settings());
    bench.sample(90);
    expect(bench.firing).toEqual(['a1']);
  });

  it('keeps a firing alert when only its limit is changed, and lets the next sample decide by the new one', () => {
    const raised = new Bench();
    for (const value of [90, 90]) raised.sample(value);
    raised.configure(settings({ threshold: 95 }));
    expect(raised.firing).toEqual(['a1']);
    raised.sample(90);
    expect(raised.moves.at(-1)).toBe('a1 resolved: back_within, announce recovery');
    // The record says which line was crossed, not which one it was measured by at the end.
    expect(raised.alerts.get('a1')).toMatchObject({ state: 'resolved', threshold: 80 });

    const lowered = new Bench();
    for (const value of [90, 90]) lowered.sample(value);
    lowered.configure(settings({ threshold: 70, name: 'CPU above 70 %', severity: 'critical' }));
    lowered.sample(75);
    expect(lowered.alerts.get('a1')).toMatchObject({
      state: 'firing',
      threshold: 70,
      ruleName: 'CPU above 70 %',
      severity: 'critical',
      worstValue: 90,
    });
  });

  it('announces nothing in a pause, and what still fires when it is over, also after a restart', () => {
    const bench = new Bench();
    bench.pause(minute);
    for (const value of [90, 90, 90]) bench.sample(value);
    bench.restart();
    for (let tick = 0; tick < 10; tick++) bench.sample(90);
    expect(bench.moves).toEqual([
      'a1 firing: violated_enough, hold paused',
      'a1 firing: still_firing, announce pause_over',
    ]);
  });

  it('tells after a pause of a recovery that fell into it, also after a restart, but not of an alert that is back', () => {
    const over = new Bench();
    for (const value of [90, 90]) over.sample(value);
    over.pause(minute);
    over.sample(40);
    over.restart();
    for (let tick = 0; tick < 12; tick++) over.sample(40);
    expect(over.moves.slice(1)).toEqual([
      'a1 resolved: back_within, hold paused',
      'a1 resolved: still_resolved, announce recovery',
    ]);

    const back = new Bench();
    for (const value of [90, 90]) back.sample(value);
    back.pause(minute);
    back.sample(40);
    for (let tick = 0; tick < 140; tick++) back.sample(90);
    expect(back.moves.slice(1)).toEqual([
      'a1 resolved: back_within, hold paused',
      'a2 firing: violated_enough, hold paused',
      'a2 firing: still_firing, hold told_before',
    ]);
    expect(back.alerts.get('a1')?.recoveryOwed).toBe(false);
  });

  it('does not mention a snoozed alert until its time is over', () => {
    const bench = new Bench();
    for (const value of [90, 90]) bench.sample(value);
    bench.snooze('a1', minute);
    bench.acknowledge('a1', 'looking at it');
    bench.restart();
    for (let tick = 0; tick < 20; tick++) bench.sample(90);
    expect(bench.moves.slice(1)).toEqual(['a1 firing: still_firing, announce snooze_over']);
    expect(bench.alerts.get('a1')).toMatchObject({ note: 'looking at it', snoozedUntil: null });
    bench.sample(40);
    expect(() => bench.snooze('a1', minute)).toThrow('No alert a1 is firing');
  });

  it('ends what fired on this machine under a name that it had before', () => {
    const bench = new Bench();
    for (const value of [90, 90]) bench.sample(value);
    bench.host = 'renamed';
    bench.restart();
    expect(bench.moves.at(-1)).toBe('a1 resolved: host_removed, announce recovery');
    expect([bench.firing, bench.tracks.size]).toEqual([[], 0]);
  });

  it("says that a rule on Plimsoll's own samples was removed, and not its source", () => {
    const own = settings({ source: 'plimsoll', metric: 'own_cpu_percent', consecutiveViolations: 1 });
    const judge = new Judge({ host: 'box', tracks: [], open: [], silenceFor: () => null, newId: () => 'a1' });
    const moment = { now: 0, monotonic: 0 };
    judge.configure(own, moment);
    const samples = [{ metric: 'own_cpu_percent', labels: {}, value: 90 }];
    judge.judge({ host: 'box', source: 'plimsoll', at: 0, durationMs: 0, samples, error: null }, moment);
    judge.configure({ ...own, rules: [] }, moment);
    const { moves } = judge.passTime({ now: 12 * second, monotonic: 12 * second });
    expect(moves.map(({ transition }) => transition.reason)).toEqual(['rule_removed']);
  });

  it('leaves labelled series to rules that ask for them', () => {
    const bench = new Bench();
    bench.sample(90, { core: '0' });
    expect(bench.sample(90, { core: '0' }).judged).toEqual([]);
  });

  it('writes nothing for a series on which nothing is violated', () => {
    const bench = new Bench();
    expect(bench.sample(10).tracks).toEqual([]);
    expect(bench.sample(11).tracks).toEqual([]);
  });
});
