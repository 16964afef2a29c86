import type { Silence } from '../../alerts/announce.ts';
import type { Alert } from '../../contract/alert.ts';
import type { Rule } from '../../contract/rule.ts';
import type { PreparedRule } from '../../rules/prepare.ts';
import type { LiveTrack, Tracks } from './tracks.ts';
import type { Moment } from './verdict.ts';

/**
 * How long an alert waits for a parent that is about to fire, so that the cause is announced before its consequences:
 * the time of three samples of most sources.
 */
const orderMs = 20_000;

interface ParentsParts {
  tracks: Tracks;
  ruleOf(ruleId: string): PreparedRule | undefined;
  /** The interval of a host's source, in milliseconds. */
  intervalOf(host: string, source: string): number;
  /** Rules about the presence of a host: all other alerts of the host are consequences of theirs. */
  hostRules(): readonly string[];
  /** Whether a host's source fails to return a metric. */
  isFailing(host: string, source: string, metric: string): boolean;
  /** Whether quiet hours hold the firing of an alert back, so that nobody knows of it. */
  isUntoldInQuiet(alertId: string, rule: Rule, now: number): boolean;
}

/** Decides which alerts wait for the alert of another rule, of which they are consequences. */
export class Parents {
  readonly #parts: ParentsParts;

  constructor(parts: ParentsParts) {
    this.#parts = parts;
  }

  /**
   * Holds the alert of a series back while a parent fires on the same host, for a moment while a parent is about to
   * fire, and after its end until the series has had time for another sample.
   */
  silenceFor(track: LiveTrack, rule: Rule, { now, monotonic }: Moment): Silence | null {
    const { host, source } = track.series;
    for (const parentId of this.#parentsOf(rule)) {
      const parentRule = this.#parts.ruleOf(parentId);
      if (parentRule === undefined) continue;
      let isNear = this.#parts.isFailing(host, parentRule.rule.source, parentRule.rule.metric);
      for (const parent of this.#parts.tracks.of(parentId, host)) {
        if (parent.alertId !== null) {
          // An alert that breaks through quiet hours is not held back by one that does not.
          if (this.#parts.isUntoldInQuiet(parent.alertId, parentRule.rule, now)) continue;
          return { reason: 'parent', until: null };
        }
        const restMs = parent.endedMonotonic + this.#parts.intervalOf(host, source) - monotonic;
        if (restMs > 0) return { reason: 'parent', until: now + restMs };
        isNear ||= parent.state.phase === 'pending';
      }
      const waitMs = track.firedMonotonic + orderMs - monotonic;
      if (isNear && waitMs > 0) return { reason: 'parent', until: now + waitMs };
    }
    return null;
  }

  /** How many of the firing alerts are consequences of an alert of this rule on this host. */
  affected(parentId: string, host: string, firing: Iterable<Alert>): number {
    let count = 0;
    for (const { ruleId, series } of firing) {
      const rule = this.#parts.ruleOf(ruleId)?.rule;
      if (series.host === host && rule !== undefined && this.#parentsOf(rule).includes(parentId)) count++;
    }
    return count;
  }

  #parentsOf({ id, parents = [] }: Rule): readonly string[] {
    const hostRules = this.#parts.hostRules();
    if (hostRules.length === 0 || hostRules.includes(id)) return parents;
    return [...parents, ...hostRules];
  }
}

/** The rules with parents first, so that one reading announces the cause first. */
export function parentsFirst(rules: readonly Rule[]): Rule[] {
  const byId = new Map(rules.map((rule) => [rule.id, rule]));
  const sorted = new Set<Rule>();
  const visit = (rule: Rule, below: ReadonlySet<Rule>) => {
    if (sorted.has(rule) || below.has(rule)) return;
    for (const id of rule.parents ?? []) {
      const parent = byId.get(id);
      if (parent !== undefined) visit(parent, new Set([...below, rule]));
    }
    sorted.add(rule);
  };
  for (const rule of rules) visit(rule, new Set());
  return [...sorted];
}
