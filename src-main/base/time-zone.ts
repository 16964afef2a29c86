const dayMs = 86_400_000;

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

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The moments (epoch ms) at which clocks in this zone show what UTC shows at `shown`: one as a rule, two, the earlier first, where
 * they are set back and show it twice. What they skip when they are set forward is taken for as long after the hour before it.
 * Throws a RangeError for a zone that does not exist.
 */
export function momentsAt(shown: number, zone: string): number[] {
  const candidates = [-dayMs, dayMs].map((away) => shown - aheadOfUtc(shown + away, zone));
  const right = candidates.filter((at) => at + aheadOfUtc(at, zone) === shown);
  const [first = shown] = candidates;
  return right.length === 0 ? [first] : [...new Set(right)].sort((a, b) => a - b);
}

/** By how many milliseconds clocks in this zone are ahead of UTC at a moment. */
function aheadOfUtc(at: number, zone: string): number {
  let format = formats.get(zone);
  if (format === undefined) {
    const digits = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit' } as const;
    const clock = { minute: '2-digit', second: '2-digit', hourCycle: 'h23', timeZone: zone } as const;
    formats.set(zone, (format = new Intl.DateTimeFormat('en', { ...digits, ...clock })));
  }
  const part: Partial<Record<Intl.DateTimeFormatPartTypes, number>> = {};
  for (const { type, value } of format.formatToParts(at)) part[type] = Number(value);
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = part;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(at / 1000) * 1000;
}
