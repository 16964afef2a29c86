import { wayOf } from '../../src-main/contract/downtime.ts';
import type { Downtime, DowntimeView, DowntimeWay, Weekday } from '../../src-main/contract/downtime.ts';
import { ApiError } from '../client/api-error.ts';
import type { Downtimes } from './downtimes.svelte.ts';
import { problemsUnder } from './entry-problems.ts';
import type { FieldProblems } from './entry-problems.ts';
import { problemWords } from './problem-words.ts';
import { isZone, momentOf, ownZone, wallTime } from './zoned-time.ts';

/** The form's fields for all ways to state times, so that switching between ways loses nothing. */
interface Content {
  name: string;
  enabled: boolean;
  way: DowntimeWay;
  /** Local time in the downtime's zone, in the format of a `datetime-local` field. */
  from: string;
  to: string;
  days: Weekday[];
  start: string;
  ends: 'end' | 'minutes';
  end: string;
  minutes: number | null;
  cron: string;
  zone: string;
  hosts?: string[] | undefined;
  sources?: string[] | undefined;
  tags?: string[] | undefined;
  rules?: string[] | undefined;
}

const hourMs = 3_600_000;
const previewAfterMs = 200;

/** A downtime in its form, with its problems and a preview of its occurrences. */
export class DowntimeDraft {
  readonly base: DowntimeView | null;
  readonly #downtimes: Downtimes;
  readonly #stored: string;
  content = $state<Content>({} as Content);
  #problems = $state.raw<Readonly<Record<string, FieldProblems>>>({});
  #message = $state.raw<string | null>(null);
  #preview = $state.raw<DowntimeView | null>(null);
  #saving = $state(false);
  #question = 0;

  /** `now` is the beginning of a new downtime, epoch milliseconds. */
  constructor(downtimes: Downtimes, base: DowntimeView | null, now: number) {
    this.#downtimes = downtimes;
    this.base = base;
    this.content = contentOf(base?.downtime ?? null, now);
    this.#stored = JSON.stringify(this.content);
  }

  get dirty(): boolean {
    return JSON.stringify(this.content) !== this.#stored;
  }
  get saving(): boolean {
    return this.#saving;
  }
  /** Problems of a refused save, by field. */
  get problems(): Readonly<Record<string, FieldProblems>> {
    return this.#problems;
  }
  /** Problem of the whole downtime; null if there is none. */
  get message(): string | null {
    return this.#message;
  }
  /** The resulting downtime; null if it cannot be determined. */
  get preview(): DowntimeView | null {
    return this.#preview;
  }

  /** Contains only the fields of the chosen way. */
  get downtime(): Partial<Downtime> {
    const { name, enabled, way, days, start, ends, end, minutes, cron, zone, hosts, sources, tags, rules } =
      this.content;
    const length = minutes === null ? {} : { minutes };
    const moment = (wall: string): number | null => momentOf(wall, isZone(zone) ? zone : 'UTC');
    const from = moment(this.content.from);
    const to = moment(this.content.to);
    const times = {
      once: { ...(from !== null && { from }), ...(to !== null && { to }), zone },
      weekly: {
        ...(days.length < 7 && { days: [...days] }),
        start,
        ...(ends === 'end' ? { end } : length),
        zone,
      },
      cron: { cron, ...length, zone },
    };
    return {
      name,
      enabled,
      ...(hosts !== undefined && { hosts: [...hosts] }),
      ...(sources !== undefined && { sources: [...sources] }),
      ...(tags !== undefined && { tags: [...tags] }),
      ...(rules !== undefined && { rules: [...rules] }),
      ...times[way],
    };
  }

  /** Fields of the schema that the form shows in its own way. */
  readonly ownFields = [
    'id',
    'name',
    'enabled',
    'rules',
    'from',
    'to',
    'days',
    'start',
    'end',
    'cron',
    'minutes',
    'zone',
  ];

  /** Loads the preview after a pause in typing; the returned function cancels. */
  look(): () => void {
    const downtime = { ...this.downtime, name: 'preview' };
    const question = ++this.#question;
    const timer = setTimeout(() => void this.#ask(downtime, question), previewAfterMs);
    return () => clearTimeout(timer);
  }

  async #ask(downtime: Partial<Downtime>, question: number): Promise<void> {
    const view = await this.#downtimes.preview(downtime).catch(() => null);
    if (question === this.#question) this.#preview = view;
  }

  /** Resolves to whether it was stored. */
  async save(): Promise<boolean> {
    if (this.#saving) return false;
    this.#saving = true;
    this.#problems = {};
    this.#message = null;
    try {
      await this.#downtimes.save(this.downtime, this.base);
      return true;
    } catch (thrown) {
      this.#problems = thrown instanceof ApiError ? problemsUnder('', thrown.problems) : {};
      if (Object.keys(this.#problems).length === 0) this.#message = problemWords(thrown);
      return false;
    } finally {
      this.#saving = false;
    }
  }
}

function contentOf(downtime: Downtime | null, now: number): Content {
  const zone = downtime?.zone ?? ownZone();
  const from = downtime?.from ?? Math.ceil(now / (hourMs / 4)) * (hourMs / 4);
  return {
    name: downtime?.name ?? '',
    enabled: downtime?.enabled ?? true,
    way: (downtime && wayOf(downtime)) ?? 'once',
    from: wallTime(from, zone),
    to: wallTime(downtime?.to ?? from + hourMs, zone),
    days: downtime?.days ?? ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'],
    start: downtime?.start ?? '02:00',
    ends: downtime?.minutes === undefined ? 'end' : 'minutes',
    end: downtime?.end ?? '04:00',
    minutes: downtime?.minutes ?? 60,
    cron: downtime?.cron ?? '0 3 * * SUN#1',
    zone,
    ...(downtime?.hosts !== undefined && { hosts: downtime.hosts }),
    ...(downtime?.sources !== undefined && { sources: downtime.sources }),
    ...(downtime?.tags !== undefined && { tags: downtime.tags }),
    ...(downtime?.rules !== undefined && { rules: downtime.rules }),
  };
}
