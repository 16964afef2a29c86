import type { ScheduledSource } from '../../collectors/messages.ts';
import type { Reading } from '../../contract/sample.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { Settings } from '../../contract/settings.ts';
import type { RunProgram } from '../../deliveries/destination-kind.ts';
import { isFed } from '../fed-sources.ts';
import { scheduledSource, withSecrets } from '../scheduled-source.ts';
import type { Scripts } from '../scripts/scripts.ts';
import { referencesIn } from '../settings/secret-references.ts';
import type { CollectorsLink } from './collectors-link.ts';

interface CollectorsPlanOptions {
  collectors: Pick<CollectorsLink, 'configure' | 'sample' | 'run'>;
  /** Where relative paths in the settings start. */
  directory: string;
  secret: ResolveSecret;
  scripts: Pick<Scripts, 'approvalFor'>;
}

/** Tells the collectors what the settings require, with the secrets and approvals that this needs. */
export class CollectorsPlan {
  readonly #options: CollectorsPlanOptions;
  /** Counts configurations, so that secrets looked up for older settings are not sent after newer ones. */
  #configurations = 0;

  constructor(options: CollectorsPlanOptions) {
    this.#options = options;
  }

  /** Immediate if there are no references to secrets and no scripts, otherwise when all of them were looked up. */
  async configure(settings: Settings): Promise<void> {
    const { collectors, directory, secret } = this.#options;
    const configuration = ++this.#configurations;
    const sources = settings.sources
      .filter((source) => source.enabled && !isFed(source))
      .map((source) => scheduledSource(source, settings, directory));
    const { maxWorkers, slowerOnBattery, slowerUnwatched } = settings.monitoring;
    const slowness = { onBattery: slowerOnBattery, unwatched: slowerUnwatched };
    const waiting = sources.filter(
      ({ kind, options }) => kind === 'script' || referencesIn(options).length > 0,
    );
    if (waiting.length === 0) {
      collectors.configure(sources, maxWorkers, slowness);
      return;
    }
    const found = new Map<ScheduledSource, ScheduledSource>();
    await Promise.all(
      waiting.map(async (source) =>
        found.set(source, await this.#withApproval(await withSecrets(source, secret))),
      ),
    );
    if (configuration !== this.#configurations) return;
    collectors.configure(
      sources.map((source) => found.get(source) ?? source),
      maxWorkers,
      slowness,
    );
  }

  /** Samples a source once, as `CollectorsLink.sample` does. */
  async sample(source: ScheduledSource): Promise<Reading> {
    return this.#options.collectors.sample(await this.#withApproval(source));
  }

  /** Lets the collectors run a program, with the approval of its file. */
  readonly run: RunProgram = async (task, signal) => {
    const { collectors, scripts } = this.#options;
    const approval = await scripts.approvalFor({ file: task.file });
    return collectors.run({ ...task, approval }, signal);
  };

  /** The source with the approval of its script. */
  async #withApproval(source: ScheduledSource): Promise<ScheduledSource> {
    if (source.kind !== 'script') return source;
    return { ...source, approval: await this.#options.scripts.approvalFor(source.options) };
  }

  /** Whatever is still being looked up is not sent any more. */
  stop(): void {
    this.#configurations++;
  }
}
