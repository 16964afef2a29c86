import { firstFree } from '../../base/free-name.ts';
import { PlimsollError } from '../../contract/error.ts';
import { foldedName } from '../../contract/fields.ts';
import { fromHub, handedRuleSchema, takenNameSchema } from '../../contract/hub-rules.ts';
import type { HandedRule, TakenRule } from '../../contract/hub-rules.ts';
import type { Rule } from '../../contract/rule.ts';
import type { Settings } from '../../contract/settings.ts';
import { ownSource } from '../own-source.ts';
import { referencesOfRule } from '../settings/rule-references.ts';
import { checkSettings, parseDocument } from '../settings/schema.ts';

/** The hub's rules as they apply to this machine. */
export interface Fitted {
  /** The valid ones, for evaluation: limited to this machine, under ids that no local rule can have. */
  rules: Rule[];
  /** The hub's ids of the rules that are evaluated here. */
  judged: string[];
  /** All received rules, in their order. */
  taken: TakenRule[];
}

/** The settings of a machine that its hub's rules have to be compatible with. */
type Own = Pick<Settings, 'version' | 'sources' | 'rules' | 'monitoring'>;

/**
 * Validates rules from a hub like local ones, each by itself: an invalid rule is refused and named, without affecting
 * the others. `off` contains those that the owner of this machine switched off.
 */
export function fitRules(
  handed: readonly unknown[],
  own: Own,
  host: string,
  off: ReadonlySet<string>,
): Fitted {
  const taken = withoutTwins(handed.map(read));
  const sampled = new Set([
    ownSource,
    ...own.sources.filter(({ enabled }) => enabled).map(({ name }) => name),
  ]);
  for (const one of taken) {
    if (one.rule === null) continue;
    const missing = sourcesOf(one.rule).find((source) => !sampled.has(source));
    if (one.id !== null && off.has(one.id)) one.state = 'off';
    else if (missing !== undefined) {
      one.state = 'no_source';
      one.problem = `No source ${JSON.stringify(missing)} is sampled here.`;
    }
  }
  refuseWhatDoesNotHold(taken, own);
  const names = new Set(own.rules.map(({ name }) => foldedName(name)));
  const judged = judgedOf(taken);
  const ids = new Set(judged.map(({ id }) => id));
  const rules: Rule[] = [];
  for (const one of taken) {
    if (one.rule === null) continue;
    if (names.has(foldedName(one.name)))
      one.name = firstFree(`${one.name} (hub)`, ' ', (name) => names.has(foldedName(name)));
    names.add(foldedName(one.name));
    if (ids.has(one.rule.id)) rules.push(inForce(one.rule, one.name, host, ids));
  }
  return { rules, judged: [...ids], taken };
}

/** Parses one rule, which nobody has checked before. */
function read(content: unknown): TakenRule {
  try {
    const rule = parseDocument(content, handedRuleSchema, () => undefined);
    return { id: rule.id, name: rule.name, state: 'judged', problem: null, rule };
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError)) throw thrown;
    const { id = null, name } = takenNameSchema.safeParse(content).data ?? {};
    return { id, name: name ?? id ?? '?', state: 'refused', problem: thrown.message, rule: null };
  }
}

function withoutTwins(taken: readonly TakenRule[]): TakenRule[] {
  const [ids, names] = [new Set<string>(), new Set<string>()];
  return taken.map((one) => {
    if (one.rule === null) return one;
    const twin = ids.has(one.rule.id) ? 'id' : names.has(foldedName(one.name)) ? 'name' : null;
    ids.add(one.rule.id);
    names.add(foldedName(one.name));
    if (twin === null) return one;
    return { ...one, state: 'refused', problem: `Another rule has the same ${twin}.`, rule: null };
  });
}

/** Refuses rules that would be refused in local settings too, until the rest is valid together. */
function refuseWhatDoesNotHold(taken: readonly TakenRule[], own: Own): void {
  for (;;) {
    const left = taken.filter(({ state }) => state === 'judged');
    const ids = new Set(left.map(({ id }) => id));
    const rules = left.map(({ rule }) => rule && withParents(rule, ids));
    const problems = problemsOf({ ...own, rules, destinations: [] });
    for (const { path, message } of problems) {
      const [, index = '', inside = ''] = /^rules\[(\d+)\]\.?(.*)$/.exec(path) ?? [];
      const one = left[Number(index)];
      // Its first problem is enough.
      if (index === '' || one === undefined || one.state === 'refused') continue;
      one.state = 'refused';
      one.problem = `${inside === '' ? '' : `${inside}: `}${message}`;
      one.rule = null;
    }
    if (left.every(({ state }) => state === 'judged')) return;
  }
}

function problemsOf({
  version,
  sources,
  rules,
  destinations,
  monitoring,
}: Record<keyof Own | 'destinations', unknown>) {
  try {
    checkSettings({ version, sources, rules, destinations, monitoring });
    return [];
  } catch (thrown) {
    if (thrown instanceof PlimsollError) return thrown.problems;
    throw thrown;
  }
}

function judgedOf(taken: readonly TakenRule[]): HandedRule[] {
  return taken.flatMap(({ rule, state }) => (rule !== null && state === 'judged' ? [rule] : []));
}

function sourcesOf(rule: HandedRule): string[] {
  return [rule.source, ...referencesOfRule(rule).flatMap(({ source }) => source ?? [])];
}

/** A parent that is not evaluated here has no effect. */
function withParents({ parents, ...rule }: HandedRule, ids: ReadonlySet<string | null>): HandedRule {
  const known = parents?.filter((id) => ids.has(id)) ?? [];
  return known.length === 0 ? rule : { ...rule, parents: known };
}

function inForce(handed: HandedRule, name: string, host: string, ids: ReadonlySet<string>): Rule {
  const { parents, ...rule } = withParents(handed, ids);
  return {
    ...rule,
    ...(parents !== undefined && { parents: parents.map((id) => fromHub + id) }),
    id: fromHub + rule.id,
    name,
    enabled: true,
    // Samples that others send to this machine are no concern of the hub.
    hosts: [host.replaceAll(/[\\*?!]/g, (sign) => `\\${sign}`)],
  };
}
