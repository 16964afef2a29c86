import { tagsBesidesName } from '../../contract/host-name.ts';
import type { Settings } from '../../contract/settings.ts';

/**
 * All tags of a rule on a host, without duplicates, in order. Tags of rules and sources that would name the host are
 * left out: only its own do.
 */
export type TagsOf = (rule: { id: string }, series: { source: string; host: string }) => readonly string[];

/**
 * Reads the tags of rules and sources from the settings. `tagsOfHost` returns those of a host, which are stored
 * elsewhere.
 */
export function tagsIn(
  { rules, sources }: Pick<Settings, 'rules' | 'sources'>,
  tagsOfHost: (host: string) => readonly string[] = () => [],
): TagsOf {
  const ofRules = new Map(rules.map(({ id, tags = [] }) => [id, tagsBesidesName(tags)]));
  const ofSources = new Map(sources.map(({ name, tags = [] }) => [name, tagsBesidesName(tags)]));
  return ({ id }, { source, host }) => {
    const all = [...(ofRules.get(id) ?? []), ...(ofSources.get(source) ?? []), ...tagsOfHost(host)];
    return all.length < 2 ? all : [...new Set(all)].sort();
  };
}
