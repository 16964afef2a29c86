import type { FleetHost, Standing } from '../../src-main/contract/fleet.ts';
import { m } from '../paraglide/messages.js';
import type { MarkState } from '../parts/mark-state.ts';
import type { Severity } from '../../src-main/contract/rule.ts';

/** What a sender that only has a number for itself is called beside it. */
const nameTag = 'agent_name:';

/** The name that a host gives itself where its own is only an id, and the tags that are left to show. */
export function hostName({ host, tags }: Pick<FleetHost, 'host' | 'tags'>): { name: string; tags: string[] } {
  const said = tags.find((tag) => tag.startsWith(nameTag))?.slice(nameTag.length);
  return { name: said ?? host, tags: tags.filter((tag) => !tag.startsWith(nameTag)) };
}

/** How a host stands, in a word or two. */
export function standingWords(standing: Standing): string {
  switch (standing) {
    case 'online':
      return m.host_online();
    case 'stale':
      return m.host_stale();
    case 'offline':
      return m.host_offline();
    case 'may_sleep':
      return m.host_may_sleep();
  }
}

/** What fires goes before how it stands: whoever is silent is not known. */
export function hostMark({ severity, standing }: Pick<FleetHost, 'severity' | 'standing'>): MarkState {
  if (severity !== null) return severity;
  if (standing === 'online') return 'ok';
  return standing === 'may_sleep' ? 'paused' : 'unknown';
}

/** What the mark says to those who do not see it. */
export function hostMarkWords(severity: Severity | null, standing: Standing): string {
  if (severity === null) return standingWords(standing);
  return severity === 'critical' ? m.severity_critical() : m.severity_warning();
}
