import type { Downtime, DowntimeView } from '../../src-main/contract/downtime.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';
import { m } from '../paraglide/messages.js';
import type { LiveClock } from './clock.svelte.ts';
import type { MonitorState } from './monitor.svelte.ts';
import { problemWords } from './problem-words.ts';
import type { Toasts } from './toasts.svelte.ts';
import { currentFormat } from './words.ts';

interface DowntimesParts {
  client: PlimsollClient;
  monitor: MonitorState;
  clock: LiveClock;
  toasts: Toasts;
}

/** All downtimes, updated live while a view shows them, and the actions on them. Errors are shown as toasts. */
export class Downtimes {
  readonly #parts: DowntimesParts;
  #list = $state.raw<readonly DowntimeView[] | null>(null);
  #problem = $state.raw<unknown>(null);
  /** Number of the latest request, so that late answers to earlier ones are dropped. */
  #question = 0;

  constructor(parts: DowntimesParts) {
    this.#parts = parts;
  }

  /** Active ones first; null before the first answer. */
  get list(): readonly DowntimeView[] | null {
    return this.#list;
  }
  /** Why they could not be loaded; null if they were. */
  get problem(): unknown {
    return this.#problem;
  }

  /** Keeps the list up to date until the returned function is called. */
  follow(): () => void {
    void this.load();
    return this.#parts.monitor.onEvent(({ type }) => {
      if (type === 'downtimes' || type === 'settings' || type === 'refresh') void this.load();
    });
  }

  async load(): Promise<void> {
    const question = ++this.#question;
    try {
      const list = await this.#parts.client.downtimes();
      if (question !== this.#question) return;
      this.#list = list;
      this.#problem = null;
    } catch (thrown) {
      if (question === this.#question) this.#problem = thrown;
    }
  }

  /** Starts a downtime of everything now, with an undo action. */
  async start(minutes: number): Promise<void> {
    const { client, clock, toasts } = this.#parts;
    const from = Math.floor(clock.at());
    const to = from + minutes * 60_000;
    await this.#try(m.downtime_not_started, async () => {
      const view = await client.addDowntime({ name: m.downtime_by_hand(), from, to });
      toasts.undoable(
        m.downtime_started({ time: currentFormat().moment(to, from) }),
        m.undo(),
        () => void this.#try(m.downtime_not_ended, () => client.removeDowntime(view.downtime.id)),
      );
    });
  }

  async end(view: DowntimeView): Promise<void> {
    await this.#try(m.downtime_not_ended, () => this.#parts.client.endDowntime(view.downtime.id));
  }

  async switch(view: DowntimeView, enabled: boolean): Promise<void> {
    const downtime = { ...view.downtime, enabled };
    await this.#try(m.downtime_not_saved, () => this.#parts.client.changeDowntime(downtime));
  }

  /** Deletes a downtime and offers to restore it to its old place. Resolves to whether it was deleted. */
  async remove({ downtime, origin }: DowntimeView): Promise<boolean> {
    const { client, toasts } = this.#parts;
    const isGone = await this.#try(m.downtime_not_deleted, () => client.removeDowntime(downtime.id));
    if (isGone) {
      const restore = (): Promise<unknown> => client.addDowntime(downtime, origin);
      toasts.undoable(
        m.downtime_deleted({ name: downtime.name }),
        m.undo(),
        () => void this.#try(m.downtime_not_restored, restore),
      );
    }
    return isGone;
  }

  /** Throws `ApiError` with the problems by field. */
  async save(downtime: Partial<Downtime>, base: DowntimeView | null): Promise<void> {
    const { client } = this.#parts;
    if (base === null) await client.addDowntime(downtime);
    else await client.changeDowntime({ ...downtime, id: base.downtime.id });
    await this.load();
  }

  /** Null if the downtime is invalid. */
  preview(downtime: Partial<Downtime>): Promise<DowntimeView | null> {
    return this.#parts.client.previewDowntime(downtime);
  }

  async #try(failed: (inputs: { why: string }) => string, act: () => Promise<unknown>): Promise<boolean> {
    try {
      await act();
      return true;
    } catch (thrown) {
      this.#parts.toasts.problem(failed({ why: problemWords(thrown) }));
      return false;
    } finally {
      if (this.#list !== null) void this.load();
    }
  }
}
