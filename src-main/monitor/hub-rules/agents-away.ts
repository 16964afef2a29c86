import type { Rule } from '../../contract/rule.ts';
import { isAboutHost, prepare } from '../../rules/prepare.ts';
import type { TagsOfHost } from '../../rules/prepare.ts';
import { hostUpMetric, ownSource } from '../own-source.ts';
import { isHanded } from './handed-rules.ts';

/** An offline host whose agent evaluated rules for this hub. */
interface JudgeAway {
  host: string;
  /** The ids of these rules. */
  rules: ReadonlySet<string>;
}

const namedAtMost = 5;

/**
 * Tells the owner of offline agents that evaluated rules, unless a rule does: one about the host's presence, or one of
 * their own about missing data. Null if there are none.
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
