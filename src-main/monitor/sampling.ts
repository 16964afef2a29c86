import type { Clock } from '../base/clock.ts';
import type { Log } from '../base/log.ts';
import type { ScheduledSource } from '../collectors/messages.ts';
import type { Spawn } from '../contract/port.ts';
import type { Reading } from '../contract/sample.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import type { StageHealth } from '../contract/status.ts';
import type { RunProgram } from '../deliveries/destination-kind.ts';
import type { Board } from './board.ts';
import type { Bulletin } from './bulletin.ts';
import { FedSources } from './fed-sources.ts';
import { programsOf } from './scripts/script-uses.ts';
import { Scripts } from './scripts/scripts.ts';
import type { SettingsKeeper } from './settings/keeper.ts';
import type { SettingsDesk } from './settings/settings-api.ts';
import { withScript } from './settings/violations-rule.ts';
import { CollectorsLink } from './stages/collectors-link.ts';
import { CollectorsPlan } from './stages/collectors-plan.ts';
import { endLeftRuns } from './stages/left-runs.ts';
import type { State } from './state/state.ts';

interface SamplingParts {
  /** This machine's host name. */
  host: string;
  /** The data directory, which contains the approvals of scripts. */
  dataDirectory: string;
  /** Where scripts are found. */
  scriptFolder: string;
  /** Where relative paths in the settings start. */
  directory: string;
  spawn: Spawn;
  clock: Clock;
  log: Log;
  secret: ResolveSecret;
  keeper: SettingsKeeper;
  settings: Pick<SettingsDesk, 'amend'>;
  state: State;
  board: Pick<Board, 'enterUnits'>;
  bulletin: Pick<Bulletin, 'publish' | 'notice'>;
  onReading(reading: Reading, missedRuns: number): void;
  onHealth(health: StageHealth): void;
  onCost(cpuMs: number): void;
  /** Called when other scripts may run than before. */
  onScripts(): void;
}

/** Samples this machine: with the collectors, with approved scripts, and from others that feed it. */
export class Sampling {
  readonly collectors: CollectorsLink;
  readonly scripts: Scripts;
  /** Lets the collectors run a program, with the approval of its file. */
  readonly run: RunProgram;
  readonly #parts: SamplingParts;
  readonly #plan: CollectorsPlan;
  readonly #fed: FedSources;
  #isStopped = false;

  constructor(parts: SamplingParts) {
    this.#parts = parts;
    const { host, dataDirectory, directory, clock, secret, keeper, settings, onReading } = parts;
    this.collectors = new CollectorsLink(parts);
    this.scripts = new Scripts({
      ...{ directory: dataDirectory, folder: parts.scriptFolder, clock },
      sources: () => keeper.settings.sources,
      programs: () => programsOf(keeper.settings, directory),
      addSource: (source, checks) => settings.amend((now) => withScript(now, source, checks)),
      onChange: () => this.#scriptsChanged(),
    });
    this.#plan = new CollectorsPlan({
      ...{ collectors: this.collectors, scripts: this.scripts, directory, secret },
    });
    this.run = this.#plan.run;
    this.#fed = new FedSources({
      ...{ host, clock, store: parts.state },
      onReading: (reading) => onReading(reading, 0),
      onUnits: (source, units) => parts.board.enterUnits(source, units),
    });
  }

  start(): void {
    this.collectors.start();
    this.#parts.bulletin.notice('scripts', this.scripts.problem);
  }

  configure(settings: Settings): void {
    this.#fed.configure(settings);
    void this.#plan.configure(settings);
  }

  /** Samples a source once. Throws like `CollectorsLink.sample`. */
  sample(source: ScheduledSource): Promise<Reading> {
    return this.#plan.sample(source);
  }

  /** See `MonitorApi.push`. */
  push(source: string, values: ReadonlyMap<string, number>, unit?: string): void {
    this.#fed.push(source, values, unit);
  }

  /**
   * An approved script may still have to become a source, for example because a predecessor's file was in force; until
   * it is one, a notice says so.
   */
  adoptScripts(): void {
    const { bulletin, log } = this.#parts;
    this.scripts
      .adoptApproved()
      .then((problem) => {
        if (!this.#isStopped) bulletin.notice('scripts', this.scripts.problem ?? problem);
      })
      .catch((error: unknown) => log.error('approved scripts could not be looked at', { error }));
  }

  #scriptsChanged(): void {
    if (this.#isStopped) return;
    const { bulletin, keeper, onScripts } = this.#parts;
    bulletin.publish({ type: 'scripts' });
    onScripts();
    this.adoptScripts();
    void this.#plan.configure(keeper.inForce.settings);
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#plan.stop();
    this.#fed.stop();
    this.scripts.stop();
    await this.collectors.stop();
    // Collectors that were killed recently could not end what they had started.
    if (this.scripts.areUsed) endLeftRuns(this.#parts.dataDirectory);
  }
}
