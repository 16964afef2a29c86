const dayMs = 86_400_000;

/** Time zone names that mean UTC. */
const utc = /^(Etc\/)?(UTC|UCT|GMT|Zulu|Universal|Greenwich)([+-]?0)?$/i;

/** The system's time zone; UTC if the system does not report one. */
export function ownZone(): string {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions() as { timeZone?: string };
  return timeZone === undefined || timeZone === 'Etc/Unknown' ? 'UTC' : timeZone;
}

/** What is wrong with the variable `TZ` as this process understands it; null if nothing is. */
export function zoneProblem(named: string | undefined): string | null {
  const name = named?.replace(/^:/, '') ?? '';
  if (name === '' || utc.test(name) || ownZone() !== 'UTC') return null;
  return `TZ is ${JSON.stringify(name.slice(0, 100))}, which is no time zone that is known here: times of the day, such as those of downtimes, quiet hours and reports, are in UTC. Write a name such as Europe/Berlin.`;
}

const formats = new Map<string, Intl.DateTimeFormat>();

/**
 * The times (epoch ms) at which local clocks in `zone` show the date and time that UTC shows at `shown`. Usually one;
 * two, the earlier first, if clocks are set back and show it twice. A time skipped when clocks are set forward is read
 * with the offset from before the change. Throws a RangeError for an unknown zone.
 */
export function momentsAt(shown: number, zone: string): number[] {
  const candidates = [-dayMs, dayMs].map((away) => shown - aheadOfUtc(shown + away, zone));
  const right = candidates.filter((at) => at + aheadOfUtc(at, zone) === shown);
  const [first = shown] = candidates;
  return right.length === 0 ? [first] : [...new Set(right)].sort((a, b) => a - b);
}

/** The zone's offset from UTC at a time, in milliseconds; positive if its clocks are ahead. */
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
