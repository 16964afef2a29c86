import { didYouMean } from '../../base/did-you-mean.ts';
import { scheduleOf } from '../../alerts/occurrences.ts';
import { sourceKind } from '../../collectors/source-kinds.ts';
import type { Downtime } from '../../contract/downtime.ts';
import { PlimsollError } from '../../contract/error.ts';
import { foldedName } from '../../contract/fields.ts';
import { handedBytesAtMost, handedRulesAtMost } from '../../contract/hub-rules.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Monitoring } from '../../contract/settings.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';
import { hostUpMetric, ownMetrics, ownSource } from '../own-source.ts';
import { textAt, textsAt, valueAt } from './parse-item.ts';
import type { Findings } from './parse-item.ts';
import { expressionProblem, referencesOfRule } from './rule-references.ts';

/**
 * Suggestions for ten thousand rules with a thousand sources to choose from would take minutes, and nobody reads that
 * many.
 */
const suggestionsAtMost = 100;

/** The entries of each list, as written. */
type Entries = Record<'sources' | 'rules' | 'destinations' | 'downtimes', unknown[]>;

/** Checks that involve several entries, whatever else is wrong with them. */
export function checkTogether(entries: Entries, findings: Findings): void {
  const { sources, rules, destinations } = entries;
  checkDistinct(entries, 'sources', 'name', findings);
  checkDistinct(entries, 'rules', 'id', findings);
  checkDistinct(entries, 'rules', 'name', findings);
  checkDistinct(entries, 'downtimes', 'id', findings);
  checkDistinct(entries, 'destinations', 'name', findings);
  checkParents(rules, findings);
  checkHandedRules(rules, findings);
  checkTakers(destinations, findings);
  checkOwnName(sources, findings);
  checkReferences(rules, metricsOf(sources), findings);
}

function checkOwnName(sources: readonly unknown[], { report }: Findings): void {
  sources.forEach((source, index) => {
    if (textAt(source, 'name') === ownSource)
      report(['sources', index, 'name'], `the name ${ownSource} is kept for Plimsoll's own samples`);
  });
}

/** The metrics of each source by its name; undefined for a source that may have any. */
type Metrics = ReadonlyMap<string, string[] | undefined>;

function metricsOf(sources: readonly unknown[]): Metrics {
  const metrics = new Map<string, string[] | undefined>([[ownSource, Object.keys(ownMetrics)]]);
  for (const source of sources) {
    const name = textAt(source, 'name');
    if (name === undefined) continue;
    const kind = sourceKind(textAt(source, 'kind') ?? '');
    const mayHaveAny = kind === undefined || kind.anyMetric === true;
    metrics.set(name, mayHaveAny ? undefined : Object.keys(kind.metrics));
  }
  return metrics;
}

/** The sources and metrics that rules refer to, including their expressions and conditions, must exist. */
function checkReferences(rules: readonly unknown[], metrics: Metrics, { report }: Findings): void {
  let suggestions = 0;
  const suggestion = (written: string, candidates: readonly string[]) =>
    suggestions++ < suggestionsAtMost ? didYouMean(written, candidates) : '';
  const checkReference = (
    path: readonly PropertyKey[],
    { source, metric }: { source: string | undefined; metric: string | undefined },
    isOfOthers: boolean,
    keys = { source: ['source'], metric: ['metric'] },
  ) => {
    if (source === undefined) return;
    const known = metrics.get(source);
    if (!metrics.has(source) && isOfOthers) return;
    if (!metrics.has(source)) {
      const hint = suggestion(source, [...metrics.keys()]);
      report([...path, ...keys.source], `there is no source ${JSON.stringify(source)}.${hint}`);
    } else if (known !== undefined && metric !== undefined && !known.includes(metric)) {
      const hint = suggestion(metric, known) || ` It has ${known.join(', ')}.`;
      report([...path, ...keys.metric], `${source} has no metric ${JSON.stringify(metric)}.${hint}`);
    }
  };
  rules.forEach((rule, index) => {
    const source = textAt(rule, 'source');
    // A rule that selects hosts, or their tags, may refer to sources that only other machines have.
    const isOfOthers = [...textsAt(rule, 'hosts'), ...textsAt(rule, 'hostTags')].length > 0;
    checkReference(['rules', index], { source, metric: textAt(rule, 'metric') }, isOfOthers);
    const problem = expressionProblem(rule);
    if (problem !== undefined) report(['rules', index, 'expression'], problem);
    for (const { path, ...reference } of referencesOfRule(rule)) {
      const isWritten = reference.source !== undefined;
      // If the rule's own source is missing, that is reported once. An expression is one text, wherever the mistake is
      // in it.
      if (!isWritten && (source === undefined || !metrics.has(source))) continue;
      const keys = path[0] === 'expression' ? { source: [], metric: [] } : undefined;
      checkReference(
        ['rules', index, ...path],
        { ...reference, source: reference.source ?? source },
        isOfOthers,
        keys,
      );
    }
  });
}

function checkDistinct(
  entries: Entries,
  list: keyof Entries,
  key: 'id' | 'name',
  { report, called }: Findings,
): void {
  const first = new Map<string, number>();
  entries[list].forEach((entry, index) => {
    const name = textAt(entry, key);
    if (name === undefined) return;
    const folded = foldedName(name);
    const other = first.get(folded);
    if (other === undefined) {
      first.set(folded, index);
    } else {
      const message = `${JSON.stringify(name)} is already the ${key} of ${called([list, other])}`;
      report([list, index, key], message, [list, other, key]);
    }
  });
}

/**
 * A parent must exist, and must not be a consequence of its own consequence. A cycle is reported once, at its first
 * rule.
 */
function checkParents(rules: readonly unknown[], { report }: Findings): void {
  const parents = new Map(rules.map((rule) => [textAt(rule, 'id'), textsAt(rule, 'parents')]));
  const told = new Set<string>();
  rules.forEach((rule, index) => {
    const id = textAt(rule, 'id');
    textsAt(rule, 'parents').forEach((parent, place) => {
      const path = ['rules', index, 'parents', place];
      if (!parents.has(parent)) report(path, `there is no rule with the id ${JSON.stringify(parent)}`);
      if (id === undefined || told.has(id)) return;
      const circle = wayTo(id, parent, parents);
      if (circle === null) return;
      for (const member of circle) told.add(member);
      report(
        path,
        `a rule cannot be a consequence of itself (${[id, ...circle].join(' → ')}); leave one of these out`,
      );
    });
  });
}

/** The ids from a rule up to one of its ancestors, including both; null if it is not an ancestor. */
function wayTo(
  ancestor: string,
  from: string,
  parents: ReadonlyMap<string | undefined, readonly string[]>,
): string[] | null {
  const cameFrom = new Map<string, string | null>([[from, null]]);
  for (const id of cameFrom.keys()) {
    if (id === ancestor) {
      const way: string[] = [];
      for (let step: string | null = id; step !== null; step = cameFrom.get(step) ?? null) way.unshift(step);
      return way;
    }
    for (const next of parents.get(id) ?? []) if (!cameFrom.has(next)) cameFrom.set(next, id);
  }
  return null;
}

/** The rules for agents are limited, because agents accept no more. */
function checkHandedRules(rules: readonly unknown[], { report }: Findings): void {
  let [count, bytes] = [0, 0];
  rules.forEach((rule, index) => {
    if (textAt(rule, 'judgedBy') !== 'agent') return;
    const path = ['rules', index, 'judgedBy'];
    if (textAt(rule, 'source') === ownSource && textAt(rule, 'metric') === hostUpMetric)
      report(path, 'a machine that is away cannot say so: leave it out, so that the hub judges it');
    const wasWithin = count <= handedRulesAtMost && bytes <= handedBytesAtMost;
    count++;
    bytes += Buffer.byteLength(JSON.stringify(rule)) + 1;
    if (wasWithin && count > handedRulesAtMost)
      report(path, `agents take ${handedRulesAtMost} rules at most: have the hub judge this one`);
    else if (wasWithin && bytes > handedBytesAtMost)
      report(
        path,
        `agents take rules of ${handedBytesAtMost / 1024} KiB together at most: have the hub judge this one`,
      );
  });
}

/** Rules of two hubs would conflict. */
function checkTakers(destinations: readonly unknown[], { report, called }: Findings): void {
  const takers = destinations.flatMap((destination, index) =>
    valueAt(destination, ['takeRules']) === true && valueAt(destination, ['enabled']) !== false
      ? [index]
      : [],
  );
  const [first, second] = takers;
  if (first !== undefined && second !== undefined)
    report(
      ['destinations', second, 'takeRules'],
      `rules can be taken from one hub only, and ${called(['destinations', first])} takes them`,
    );
}

/** The time and the rules of a downtime must be valid. */
export function checkDowntime(
  downtime: Downtime,
  path: readonly PropertyKey[],
  ruleIds: readonly string[],
  { report }: Findings,
): void {
  try {
    scheduleOf(downtime);
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    for (const problem of thrown.problems) report([...path, problem.path], problem.message);
  }
  downtime.rules?.forEach((id, index) => {
    if (!ruleIds.includes(id)) report([...path, 'rules', index], noRule(id, ruleIds));
  });
}

export function noRule(id: string, ruleIds: readonly string[]): string {
  return `there is no rule with the id ${JSON.stringify(id)}.${didYouMean(id, ruleIds)}`;
}

/** Reports must go to a destination that accepts them. */
export function checkReports(
  sendTo: string | undefined,
  destinations: readonly unknown[],
  { report }: Findings,
): void {
  if (sendTo === undefined) return;
  const able = destinations.flatMap((destination) => {
    const [name, kind] = [textAt(destination, 'name'), textAt(destination, 'kind')];
    return name !== undefined && destinationKind(kind ?? '')?.takesReports === true ? [name] : [];
  });
  if (able.includes(sendTo)) return;
  const exists = destinations.some((destination) => textAt(destination, 'name') === sendTo);
  const why = exists ? `${sendTo} takes no reports` : `there is no destination ${sendTo}`;
  const mend = able.length === 0 ? 'add one of kind email' : `name ${able.join(' or ')}`;
  report(['reports', 'sendTo'], `${why}; ${mend}, or leave it out`);
}

/** A rule that looks back further than samples are kept knows less than it says, or never anything. */
export function checkPast(
  rules: readonly (Rule | undefined)[],
  { rawRetentionHours }: Monitoring,
  { report }: Findings,
): void {
  rules.forEach((rule, index) => {
    if (rule?.enabled !== true) return;
    const { baseline, forecast } = rule;
    const needs = (key: string, hours: number, length: string) => {
      if (hours <= rawRetentionHours) return;
      report(
        ['rules', index, key],
        `needs samples of ${length}, and monitoring.rawRetentionHours keeps ${rawRetentionHours} hours: write ${hours} there`,
      );
    };
    if (baseline !== undefined) needs('baseline', baseline.weeks * 7 * 24, `${baseline.weeks} weeks`);
    if (forecast !== undefined)
      needs('forecast', Math.ceil(forecast.overDays * 24), `${forecast.overDays} days`);
  });
}
