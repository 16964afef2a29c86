/** Names under which a machine without a zone of its own is set to UTC. */
const utc = /^(Etc\/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)([+-]?0)?$/i;

/** The zone of this machine's clock; UTC where the system does not say. */
export function ownZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string };
  return timeZone === undefined || timeZone === 'Etc/Unknown' ? 'UTC' : timeZone;
}

/** What is wrong with the variable `TZ`, as this process understands it; null where nothing is. */
export function zoneProblem(named: string | undefined): string | null {
  const name = named?.replace(/^:/, '') ?? '';
  if (name === '' || utc.test(name) || ownZone() !== 'UTC') return null;
  return `TZ is ${JSON.stringify(name.slice(0, 100))}, which is no time zone that is known here: times of the day, such as those of downtimes, quiet hours and reports, are in UTC. Write a name such as Europe/Berlin.`;
}
