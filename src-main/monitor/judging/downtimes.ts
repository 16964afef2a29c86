import { isDeepStrictEqual } from 'node:util';
import { Calendar } from '../../alerts/downtimes.ts';
import { scheduleOf } from '../../alerts/occurrences.ts';
import type { ActiveDowntime, Hold, PlannedDowntime, Subject } from '../../alerts/downtimes.ts';
import type { Clock } from '../../base/clock.ts';
import { freeId } from '../../base/free-name.ts';
import { downtimeSchema } from '../../contract/downtime.ts';
import type { Downtime, DowntimeView, Occurrence, PastOccurrence } from '../../contract/downtime.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import { hostsMatcher, tagsMatcher } from '../../rules/matchers.ts';
import { parseDowntime } from '../settings/schema.ts';
import { tagsIn } from './tags.ts';
import type { TagsOf } from './tags.ts';

/** The stored state of one downtime. */
export interface DowntimeRow {
  id: string;
  /** Null if it is defined in the settings and only its early end is stored here. */
  downtime: Downtime | null;
  /** The occurrence that a user ended early. */
  ended: Occurrence | null;
}

export interface DowntimeStore {
  downtimes(): DowntimeRow[];
  putDowntime(row: DowntimeRow): void;
  removeDowntime(id: string): void;
}

/** Queries and changes of downtimes. */
export interface DowntimesApi {
  /** Active ones first, then by their next start. */
  list(): DowntimeView[];
  /**
   * Without an id, it gets one derived from its name. With the origin `settings` it is written there. Throws
   * `invalid_settings` with every problem, `conflict` if the id is taken, and the errors of a change of the settings.
   */
  add(sent: unknown, origin?: DowntimeView['origin']): Promise<DowntimeView>;
  /** Replaces it where it is stored; its id stays. Throws `not_found`, and like `add`. */
  change(id: string, sent: unknown): Promise<DowntimeView>;
  /** Throws `not_found` and the errors of a change of the settings. */
  remove(id: string): Promise<void>;
  /**
   * Ends the current occurrence; later ones are not affected. Throws `not_found`, and `conflict` if there is no current
   * one.
   */
  end(id: string): DowntimeView;
  /**
   * Occurrences, as currently planned, between two times, oldest first; `more` says that at least one downtime has more
   * than are returned.
   */
  occurrences(from: number, to: number): { occurrences: PastOccurrence[]; more: boolean };
  /** The current state of a draft. Throws `invalid_settings` with every problem. */
  preview(sent: unknown): DowntimeView;
}

interface DowntimesParts {
  clock: Clock;
  store: DowntimeStore;
  /** Replaces the downtimes in the settings. Throws if they cannot be changed. */
  write(downtimes: readonly Downtime[]): Promise<void>;
  /** A downtime was added, changed, removed, started or ended. */
  onChange(): void;
  /** The tags of hosts, by which downtimes select; by default none. */
  tagsOfHost?: (host: string) => readonly string[];
}

/** The same limit as in the settings, because each of them is planned at the start. */
const madeAtMost = 200;
/** How long a one-time downtime is listed after its end. */
const keptMs = 90 * 86_400_000;
/** More occurrences of one downtime would fill a chart. */
const mostOccurrences = 200;

/** All downtimes, added here or defined in the settings, and the quiet hours: decides what holds announcements back. */
export class Downtimes implements DowntimesApi {
  readonly #parts: DowntimesParts;
  readonly #rows: Map<string, DowntimeRow>;
  #settings: Pick<Settings, 'rules' | 'sources' | 'downtimes' | 'monitoring'> | null = null;
  #calendar = new Calendar([], []);
  /** What was active at the last check. */
  #known = '';
  /** Which stored downtimes are unreadable, in words; null if none. */
  readonly problem: string | null;

  constructor(parts: DowntimesParts) {
    this.#parts = parts;
    const rows = parts.store.downtimes();
    const legible = rows.filter(
      ({ downtime }) => downtime === null || downtimeSchema.safeParse(downtime).success,
    );
    this.#rows = new Map(legible.map((row) => [row.id, row]));
    const lost = rows.length - legible.length;
    this.problem =
      lost === 0
        ? null
        : `${lost} ${lost === 1 ? 'downtime is' : 'downtimes are'} kept that this Plimsoll cannot read, and not in force.`;
  }

  /** Takes what the settings say. */
  configure(settings: Settings): void {
    this.#settings = settings;
    this.#plan();
  }

  /** What holds an announcement about this subject back at `now`; null if nothing does. */
  holdFor(subject: Subject, now: number): Hold | null {
    return this.#calendar.holdFor(subject, now);
  }

  active(now: number): ActiveDowntime[] {
    return this.#calendar.active(now);
  }

  quietUntil(now: number): number | null {
    return this.#calendar.quietUntil(now);
  }

  /** Reports what began or ended since the last call. */
  passTime(now: number): void {
    const known = this.#standing(now);
    if (known === this.#known) return;
    this.#known = known;
    this.#parts.onChange();
  }

  list(): DowntimeView[] {
    return this.#calendar.views(this.#parts.clock.now());
  }

  async add(sent: unknown, origin: DowntimeView['origin'] = 'made'): Promise<DowntimeView> {
    const downtime = this.#read(this.#withId(sent));
    if (this.#isTaken(downtime.id))
      throw new PlimsollError('conflict', `There is a downtime with the id ${downtime.id} already.`);
    if (origin === 'settings') {
      await this.#parts.write([...this.#written, downtime]);
    } else {
      this.#removeOld();
      if ([...this.#rows.values()].filter((row) => row.downtime !== null).length >= madeAtMost)
        throw new PlimsollError(
          'too_many_requests',
          `There are ${madeAtMost} downtimes; remove some that are over.`,
        );
      this.#put({ id: downtime.id, downtime, ended: null });
      this.#changed();
    }
    return this.#view(downtime.id);
  }

  async change(id: string, sent: unknown): Promise<DowntimeView> {
    const { downtime: before, origin, ended } = this.#find(id);
    const downtime = this.#read(typeof sent === 'object' ? { ...sent, id } : sent);
    const isAsLong = isDeepStrictEqual(timesOf(before), timesOf(downtime));
    if (origin === 'settings')
      await this.#parts.write(this.#written.map((other) => (other.id === id ? downtime : other)));
    if (origin === 'made') this.#put({ id, downtime, ended: isAsLong ? ended : null });
    else if (!isAsLong) this.#forget(id);
    this.#changed();
    return this.#view(id);
  }

  async remove(id: string): Promise<void> {
    const { origin } = this.#find(id);
    if (origin === 'settings') await this.#parts.write(this.#written.filter((other) => other.id !== id));
    this.#forget(id);
    this.#changed();
  }

  end(id: string): DowntimeView {
    const { downtime, origin } = this.#find(id);
    const { active } = this.#view(id);
    if (active === null)
      throw new PlimsollError('conflict', `${JSON.stringify(downtime.name)} is not going on now.`);
    this.#put({ id, downtime: origin === 'made' ? downtime : null, ended: active });
    this.#changed();
    return this.#view(id);
  }

  occurrences(from: number, to: number): { occurrences: PastOccurrence[]; more: boolean } {
    let more = false;
    const occurrences = this.#all().flatMap(({ downtime }) => {
      if (!downtime.enabled) return [];
      const schedule = scheduleOf(downtime);
      const begun = schedule.at(from);
      const later = schedule.after(from, mostOccurrences + 1).filter((one) => one.from < to);
      more ||= later.length > mostOccurrences;
      const { id, name } = downtime;
      const sources = this.#sourcesOf(downtime);
      return [...(begun === null ? [] : [begun]), ...later.slice(0, mostOccurrences)].map((one) => ({
        id,
        name,
        from: one.from,
        to: one.to,
        sources,
      }));
    });
    return { occurrences: occurrences.sort((a, b) => a.from - b.from), more };
  }

  #sourcesOf({ sources, rules }: Downtime): string[] | null {
    if (sources === undefined && rules === undefined) return null;
    const isAbout = hostsMatcher(sources ?? []);
    const judged = this.#settings?.rules.filter(({ id }) => rules?.includes(id)).map((rule) => rule.source);
    return (this.#settings?.sources ?? [])
      .map(({ name }) => name)
      .filter((name) => isAbout(name) && (rules === undefined || judged?.includes(name) === true));
  }

  preview(sent: unknown): DowntimeView {
    const draft = typeof sent === 'object' && sent !== null ? sent : {};
    const downtime = this.#read({ name: 'preview', ...draft, id: 'preview' });
    const [view] = new Calendar([planned(downtime, 'made', null, () => [])], []).views(
      this.#parts.clock.now(),
    );
    if (view === undefined) throw new Error('a calendar has a view of each downtime');
    return view;
  }

  get #written(): readonly Downtime[] {
    return this.#settings?.downtimes ?? [];
  }

  #read(sent: unknown): Downtime {
    return parseDowntime(
      sent,
      (this.#settings?.rules ?? []).map((rule) => rule.id),
    );
  }

  #withId(sent: unknown): unknown {
    if (typeof sent !== 'object' || sent === null || ('id' in sent && sent.id !== undefined)) return sent;
    const name = 'name' in sent && typeof sent.name === 'string' ? sent.name : '';
    return { ...sent, id: freeId(name, 'downtime', (id) => this.#isTaken(id)) };
  }

  #isTaken(id: string): boolean {
    return (
      (this.#rows.get(id)?.downtime ?? null) !== null || this.#written.some((written) => written.id === id)
    );
  }

  #all(): PlannedDowntime[] {
    const tagsOf = tagsIn(this.#settings ?? { rules: [], sources: [] }, this.#parts.tagsOfHost);
    const made = [...this.#rows.values()].flatMap(({ downtime, ended }) =>
      downtime === null ? [] : [planned(downtime, 'made', ended, tagsOf)],
    );
    const written = this.#written.map((downtime) => {
      const row = this.#rows.get(downtime.id);
      return planned(downtime, 'settings', row?.downtime === null ? row.ended : null, tagsOf);
    });
    return [...made, ...written];
  }

  #find(id: string): PlannedDowntime {
    const found = this.#all().find(({ downtime }) => downtime.id === id);
    if (found === undefined)
      throw new PlimsollError('not_found', `There is no downtime with the id ${JSON.stringify(id)}.`);
    return found;
  }

  #view(id: string): DowntimeView {
    const view = this.list().find(({ downtime }) => downtime.id === id);
    if (view === undefined)
      throw new PlimsollError('not_found', `There is no downtime with the id ${JSON.stringify(id)}.`);
    return view;
  }

  #put(row: DowntimeRow): void {
    this.#parts.store.putDowntime(row);
    this.#rows.set(row.id, row);
  }

  #forget(id: string): void {
    if (this.#rows.delete(id)) this.#parts.store.removeDowntime(id);
  }

  #removeOld(): void {
    const before = this.#parts.clock.now() - keptMs;
    for (const { id, downtime } of this.#rows.values())
      if (downtime?.to !== undefined && downtime.to < before) this.#forget(id);
  }

  #plan(): void {
    this.#calendar = new Calendar(this.#all(), this.#settings?.monitoring.quietHours ?? [], this.#calendar);
  }

  #changed(): void {
    this.#plan();
    this.#known = this.#standing(this.#parts.clock.now());
    this.#parts.onChange();
  }

  #standing(now: number): string {
    const active = this.#calendar.active(now).map(({ downtime, occurrence }) => [downtime.id, occurrence.to]);
    return JSON.stringify([active, this.#calendar.quietUntil(now)]);
  }
}

/** Whether it selects neither hosts nor sources nor tags nor rules. */
export function isAboutEverything({ hosts, sources, tags, rules }: Downtime): boolean {
  return hosts === undefined && sources === undefined && tags === undefined && rules === undefined;
}

function planned(
  downtime: Downtime,
  origin: DowntimeView['origin'],
  ended: Occurrence | null,
  tagsOf: TagsOf,
): PlannedDowntime {
  const fitsHost = hostsMatcher(downtime.hosts ?? []);
  const fitsSource = hostsMatcher(downtime.sources ?? []);
  const fitsTags = downtime.tags === undefined ? null : tagsMatcher(downtime.tags);
  return {
    downtime,
    origin,
    ended,
    covers: ({ host, source, ruleId }: Subject) =>
      fitsHost(host) &&
      fitsSource(source) &&
      (downtime.rules?.includes(ruleId) ?? true) &&
      (fitsTags?.(tagsOf({ id: ruleId }, { source, host })) ?? true),
  };
}

function timesOf({ from, to, days, start, end, cron, minutes, zone }: Downtime): unknown[] {
  return [from, to, days, start, end, cron, minutes, zone];
}
