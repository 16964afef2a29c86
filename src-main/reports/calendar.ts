/** Converts times to dates and times of day in one time zone. */
export class Calendar {
  readonly zone: string;
  readonly #parts: Intl.DateTimeFormat;

  /** Throws a RangeError for an unknown time zone. */
  constructor(zone: string) {
    this.zone = zone;
    const parts = {
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
    } as const;
    this.#parts = new Intl.DateTimeFormat('en-GB', { ...parts, hourCycle: 'h23', timeZone: zone });
  }

  /** Day as `2026-11-25`, hour and minute, and the weekday with Monday as 0. */
  place(at: number): { day: string; weekday: number; hour: number; minute: number } {
    const part: Partial<Record<Intl.DateTimeFormatPartTypes, string>> = {};
    for (const { type, value } of this.#parts.formatToParts(at)) part[type] = value;
    const { year = '', month = '', day = '', hour = '', minute = '', weekday = '' } = part;
    return {
      day: `${year}-${month}-${day}`,
      weekday: weekdays.indexOf(weekday),
      hour: Number(hour),
      minute: Number(minute),
    };
  }
}

/** As written by the formatter above. */
const weekdays: readonly string[] = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun'];
