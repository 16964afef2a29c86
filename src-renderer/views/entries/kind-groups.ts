import { m } from '../../paraglide/messages.js';
import type { ListName } from '../../state/entries.ts';

/** Kinds that are looked for in the same place, under what they have in common; null where the list has no such places. */
export interface KindGroup<Kind> {
  title: string | null;
  kinds: Kind[];
}

const groups = ['network', 'files', 'machine', 'here', 'chat', 'phone', 'programs', 'samples'] as const;
type Group = (typeof groups)[number];

const titles: Record<Group, () => string> = {
  network: m.kinds_group_network,
  files: m.kinds_group_files,
  machine: m.kinds_group_machine,
  here: m.kinds_group_here,
  chat: m.kinds_group_chat,
  phone: m.kinds_group_phone,
  programs: m.kinds_group_programs,
  samples: m.kinds_group_samples,
};

/** Of sources: what people add first comes first, and what most have from the start comes last. */
const sources: Readonly<Partial<Record<Group, readonly string[]>>> = {
  network: ['http', 'ping', 'tcp', 'certificate', 'dns', 'prometheus'],
  files: ['script', 'file', 'heartbeat', 'push'],
};

/** Destinations: what is not named here is a program like many others. */
const groupOf: Record<string, Group> = {
  desktop: 'here',
  file: 'here',
  email: 'chat',
  slack: 'chat',
  discord: 'chat',
  teams: 'chat',
  telegram: 'chat',
  ntfy: 'phone',
  gotify: 'phone',
  pagerduty: 'phone',
  hub: 'samples',
  influxdb: 'samples',
  'remote-write': 'samples',
};

/** The kinds of a list in groups, as they are offered to somebody who has not said yet what they look for. */
export function groupedKinds<Kind extends { kind: string }>(
  list: ListName,
  kinds: readonly Kind[],
): KindGroup<Kind>[] {
  if (list === 'sources') {
    const named = (['network', 'files'] as const).map((group) => ({
      title: titles[group](),
      kinds: (sources[group] ?? []).flatMap((name) => kinds.filter(({ kind }) => kind === name)),
    }));
    const rest = kinds.filter((kind) => !named.some((group) => group.kinds.includes(kind)));
    return [...named, { title: titles.machine(), kinds: rest }].filter((group) => group.kinds.length > 0);
  }
  return groups
    .map((group) => ({
      title: titles[group](),
      kinds: kinds.filter(({ kind }) => (groupOf[kind] ?? 'programs') === group),
    }))
    .filter((group) => group.kinds.length > 0);
}
