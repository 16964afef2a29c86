import type { Rule } from '../../contract/rule.ts';
import { isAboutHost, prepare } from '../../rules/prepare.ts';
import type { TagsOfHost } from '../../rules/prepare.ts';
import { hostUpMetric, ownSource } from '../own-source.ts';
import { isHanded } from './handed-rules.ts';

/** A host that is gone with an agent that judged rules for this hub. */
interface JudgeAway {
  host: string;
  /** The ids of these rules. */
  rules: ReadonlySet<string>;
}

const namedAtMost = 5;

/**
 * What the owner is to be told of agents that judged rules and are gone, where no rule says so: neither one about whether the host is
 * there, nor one of theirs that misses data. Null where there are none.
 */
export function agentsAwayNotice(
  away: readonly JudgeAway[],
  rules: readonly Rule[],
  tagsOfHost: TagsOfHost,
): string | null {
  if (away.length === 0) return null;
  const about = rules
    .filter(({ enabled, source, metric }) => enabled && source === ownSource && metric === hostUpMetric)
    .map(prepare);
  const handed = new Map(rules.filter(isHanded).map((rule) => [rule.id, rule]));
  const unsaid = away.filter(({ host, rules: judged }) => {
    const theirs = [...judged].flatMap((id) => handed.get(id) ?? []);
    if (theirs.length === 0 || theirs.some(({ noData }) => noData?.policy === 'alert')) return false;
    return !about.some((rule) => isAboutHost(rule, host, tagsOfHost));
  });
  if (unsaid.length === 0) return null;
  const named = unsaid.slice(0, namedAtMost).map(({ host }) => host);
  const more = unsaid.length > named.length ? ` and ${unsaid.length - named.length} more` : '';
  return `Nobody judges the rules of agents that are gone, and no rule says that they are: ${named.join(', ')}${more}. Make a rule about ${hostUpMetric} of the source ${ownSource}.`;
}
