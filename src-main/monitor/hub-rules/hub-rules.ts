import { backoffMs } from '../../base/backoff.ts';
import type { Clock } from '../../base/clock.ts';
import type { Log } from '../../base/log.ts';
import { PlimsollError, messageOf } from '../../contract/error.ts';
import { handedRulesAtMost } from '../../contract/hub-rules.ts';
import type { HubRules, TakenRule } from '../../contract/hub-rules.ts';
import type { Settings } from '../../contract/settings.ts';
import type { HubAnswer, RuleHub } from './ask-hub.ts';
import { fitRules } from './fit-rules.ts';
import type { Fitted } from './fit-rules.ts';
import { TakenFile } from './taken-file.ts';
import type { KeptRules } from './taken-file.ts';

/** A rule that was changed at the hub is in force here within a minute. */
const askEveryMs = 60_000;
/** Machines vary the interval by this part, so that those that start together do not ask together. */
const spread = 0.2;

interface HubRulesParts {
  /** This machine's host name at the hub. */
  host: string;
  /** The data directory. */
  directory: string;
  clock: Clock;
  log: Log;
  ask(hub: RuleHub, asked: { host: string; known: string | null }, signal: AbortSignal): Promise<HubAnswer>;
  /** Called when other rules are in force. */
  onChange(): void;
  /** Sets the notice about problems with the hub's rules; null if there is none. */
  notice(message: string | null): void;
  /** Numbers in [0, 1), for the jitter of the interval. */
  random?: () => number;
}

/** Queries and changes of the rules from a hub. */
export interface HubRulesApi {
  view(): HubRules;
  /**
   * Switches a rule of the hub off here, or on again; this survives restarts. The hub then evaluates it instead. Throws
   * `not_found`, and if the switch cannot be stored.
   */
  switch(id: string, on: boolean): Promise<void>;
}

/**
 * The rules that this machine takes from a hub: requests them, stores the last answer, and determines which apply here.
 * Nothing but rules is ever taken.
 */
export class RulesFromHub implements HubRulesApi {
  readonly #parts: HubRulesParts;
  readonly #file: TakenFile;
  #hub: RuleHub | null = null;
  #kept: KeptRules | null;
  #fitted: Fitted = { rules: [], judged: [], taken: [] };
  #own: Settings | null = null;
  #problem: PlimsollError | null = null;
  #keepProblem: string | null = null;
  #attempts = 0;
  #failingSince = NaN;
  #cancel: (() => void) | null = null;
  #asking: AbortController | null = null;
  #switching: Promise<void> = Promise.resolve();

  constructor(parts: HubRulesParts) {
    this.#parts = parts;
    this.#file = new TakenFile(parts.directory);
    this.#kept = this.#file.read();
  }

  /** Sets this machine's settings and the hub that it takes rules from; null for none, which removes the rules. */
  configure(own: Settings, hub: RuleHub | null): void {
    const isOther = JSON.stringify(hub) !== JSON.stringify(this.#hub);
    this.#own = own;
    this.#hub = hub;
    this.#letGo(hub);
    if (isOther) {
      this.#rest();
      this.#problem = null;
      this.#attempts = 0;
    }
    this.#fit();
    this.#tell();
    if (isOther && hub !== null) this.#begin();
  }

  /**
   * The rules are removed with the permission. Which of them are switched off is the owner's decision, and is kept for
   * when the hub comes back.
   */
  #letGo(hub: RuleHub | null): void {
    const kept = this.#kept;
    if (kept === null || kept.hub === hub?.url) return;
    // They do not apply to another hub's rules.
    if (hub !== null || kept.off.length === 0) this.#keep(null);
    else if (kept.rules.length > 0 || kept.tag !== null) this.#keep({ ...kept, tag: null, rules: [] });
  }

  /** The settings with the hub's rules after the local ones. */
  joinedTo(settings: Settings): Settings {
    const { rules } = this.#fitted;
    return rules.length === 0 ? settings : { ...settings, rules: [...settings.rules, ...rules] };
  }

  /** The hub's ids of the rules that are evaluated here. */
  get judged(): readonly string[] {
    return this.#fitted.judged;
  }

  view(): HubRules {
    return {
      hub: this.#hub?.url ?? null,
      heardAt: this.#hub === null ? null : (this.#kept?.heardAt ?? null),
      problem: this.#problem?.message ?? null,
      rules: this.#fitted.taken,
    };
  }

  /** One after the other: each starts from the result of the previous one. */
  switch(id: string, on: boolean): Promise<void> {
    const switched = this.#switching.then(() => this.#switch(id, on));
    this.#switching = switched.catch(() => undefined);
    return switched;
  }

  async #switch(id: string, on: boolean): Promise<void> {
    const kept = this.#kept;
    if (kept === null || !this.#fitted.taken.some((taken) => taken.id === id))
      throw new PlimsollError('not_found', `The hub has no rule ${JSON.stringify(id)} for this machine.`);
    const ids = new Set(kept.off);
    if (on) ids.delete(id);
    else ids.add(id);
    const off = bounded([...ids], kept.rules);
    await this.#file.write({ ...kept, off });
    // Meanwhile there may be other rules, or another hub.
    const newest = this.#kept;
    if (newest?.hub !== kept.hub) return;
    this.#kept = { ...newest, off };
    if (newest !== kept) await this.#file.write(this.#kept);
    this.#fit();
    this.#tell();
    this.#parts.onChange();
  }

  /** Stops asking. Waits for a running write. */
  async stop(): Promise<void> {
    this.#hub = null;
    this.#rest();
    await this.#file.settled;
  }

  #rest(): void {
    this.#cancel?.();
    this.#cancel = null;
    this.#asking?.abort();
    this.#asking = null;
  }

  #begin(): void {
    this.#ask().catch((error: unknown) => this.#parts.log.error('rules could not be asked for', { error }));
  }

  async #ask(): Promise<void> {
    const { clock, host, ask, random = Math.random } = this.#parts;
    const hub = this.#hub;
    if (hub === null) return;
    const asking = new AbortController();
    this.#asking = asking;
    let problem: PlimsollError | null = null;
    try {
      const answer = await ask(hub, { host, known: this.#kept?.tag ?? null }, asking.signal);
      if (this.#asking !== asking) return;
      this.#take(hub, answer);
    } catch (thrown) {
      if (this.#asking !== asking) return;
      problem =
        thrown instanceof PlimsollError
          ? thrown
          : new PlimsollError('internal', messageOf(thrown), { cause: thrown });
    }
    this.#problem = problem;
    this.#tell();
    const monotonic = clock.monotonic();
    if (problem === null) this.#attempts = 0;
    else if (this.#attempts++ === 0) this.#failingSince = monotonic;
    const waitMs =
      problem === null
        ? askEveryMs * (1 - spread + random() * 2 * spread)
        : Math.max(
            backoffMs(this.#attempts, monotonic - this.#failingSince, random),
            problem.retryAfterMs ?? 0,
          );
    this.#cancel = clock.after(waitMs, () => this.#begin());
  }

  #take(hub: RuleHub, answer: HubAnswer): void {
    const heardAt = this.#parts.clock.now();
    if (answer === 'same') {
      // The time of the last answer is not worth a write each minute.
      if (this.#kept !== null) this.#kept = { ...this.#kept, heardAt };
      return;
    }
    const { rules, tag } = answer;
    const before = JSON.stringify(this.#fitted);
    const off = bounded(this.#kept?.off ?? [], rules);
    this.#keep({ hub: hub.url, tag, heardAt, rules, off });
    this.#fit();
    if (JSON.stringify(this.#fitted) !== before) this.#parts.onChange();
  }

  #keep(kept: KeptRules | null): void {
    this.#kept = kept;
    this.#file.write(kept).then(
      () => (this.#keepProblem = null),
      (thrown: unknown) => {
        this.#keepProblem = `The rules of the hub are in force, but cannot be kept for the next start. ${messageOf(thrown)}`;
        this.#tell();
      },
    );
  }

  #fit(): void {
    const { host } = this.#parts;
    const { rules, off } = this.#kept ?? { rules: [], off: [] };
    this.#fitted =
      this.#own === null || this.#hub === null
        ? { rules: [], judged: [], taken: [] }
        : fitRules(rules, this.#own, host, new Set(off));
  }

  #tell(): void {
    const refused = this.#fitted.taken.filter(({ state }) => state === 'refused');
    const parts = [
      // Its absence is already reported for the samples that wait for it.
      ...(this.#problem === null || isAway(this.#problem)
        ? []
        : [`No rules are taken from the hub. ${this.#problem.message} ${stay(this.#fitted.judged.length)}`]),
      ...(refused.length === 0 ? [] : [refusedText(refused)]),
      ...(this.#keepProblem === null ? [] : [this.#keepProblem]),
    ];
    this.#parts.notice(parts.length === 0 ? null : parts.join(' '));
  }
}

/**
 * A rule may be missing at the hub only for a moment: among the missing ones, those that were switched off last are
 * kept.
 */
function bounded(off: readonly string[], rules: readonly unknown[]): string[] {
  const there = new Set(rules.map((rule) => (rule as { id?: unknown } | null)?.id));
  const gone = off.filter((id) => !there.has(id));
  const tooMany = new Set(gone.slice(0, Math.max(0, off.length - handedRulesAtMost)));
  return off.filter((id) => !tooMany.has(id));
}

function isAway({ code }: PlimsollError): boolean {
  return ['unreachable', 'deadline', 'network_down', 'too_many_requests'].includes(code);
}

function stay(judged: number): string {
  return judged === 0 ? 'There are none from before.' : 'Those from before stay in force.';
}

const namedAtMost = 5;

function refusedText(refused: readonly TakenRule[]): string {
  const named = refused
    .slice(0, namedAtMost)
    .map(({ name, problem }) => `${JSON.stringify(name)} (${problem ?? ''})`)
    .join(', ');
  const more = refused.length > namedAtMost ? ` and ${refused.length - namedAtMost} more` : '';
  return `Rules of the hub that are refused here: ${named}${more}.`;
}
