import { dirname, join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { messageOf, PlimsollError } from '../../contract/error.ts';
import type { Problem } from '../../contract/error.ts';
import type { ImportView } from '../../contract/import.ts';
import type { ResolveSecret } from '../../contract/secret.ts';
import type { Settings } from '../../contract/settings.ts';
import { destinationKind } from '../../deliveries/destination-kinds.ts';
import { optionsOf } from '../../deliveries/open-destination.ts';
import { newYaml } from '../../documents/yaml-write.ts';
import { convertTo } from './convert.ts';
import { planImport } from './import.ts';
import type { Plan } from './import.ts';
import { separateSecrets, withPlainSecrets } from './plain-secrets.ts';
import type { Environment } from './read.ts';
import type { SecretKeeper } from './secret-keeper.ts';
import type { SettingsKeeper } from './keeper.ts';
import { invalidSettings } from './parse-item.ts';

interface EditorParts {
  keeper: SettingsKeeper;
  secrets: SecretKeeper;
  secret: ResolveSecret;
  env: Environment;
  /** Where relative paths in the settings start. */
  directory: string;
}

/**
 * Changes the settings completely or not at all: secrets in clear are stored first, destinations are checked, the
 * document is written, and secrets that are no longer referred to are removed from the store.
 */
export class SettingsEditor {
  readonly #parts: EditorParts;

  constructor(parts: EditorParts) {
    this.#parts = parts;
  }

  /** Throws `invalid_settings`, `conflict`, `forbidden` and the errors of a store; then nothing has changed. */
  async change(sent: unknown, revision: string): Promise<void> {
    const { keeper, secrets: store } = this.#parts;
    const { content, secrets } = separateSecrets(sent);
    const before = keeper.settings;
    await store.storeAround(secrets, () =>
      keeper.change(content, revision, (next) => this.#checkDestinations(next)),
    );
    store.settingsChanged(before, keeper.settings);
  }

  /** What the text of a file would change. Throws `invalid_settings` with every problem and its place. */
  plan(text: string): Promise<Plan> {
    const { keeper, env, secret } = this.#parts;
    return planImport(text, keeper.settings, env, secret);
  }

  async import(text: string, revision: string): Promise<ImportView> {
    const { view, settings, secrets } = await this.plan(text);
    await this.change(withPlainSecrets(settings, secrets), revision);
    return { ...view, applied: true };
  }

  export(): string {
    return Buffer.from(newYaml(this.#parts.keeper.settings)).toString();
  }

  async convert(): Promise<string> {
    const { keeper, secrets: store } = this.#parts;
    const { translation, location } = keeper.view();
    if (translation === null || location === null)
      throw new PlimsollError('conflict', 'The settings are a file of our own already.');
    return convertTo(join(dirname(location), 'plimsoll.yaml'), keeper.settings, keeper.secrets, store);
  }

  /** Lets new and changed destinations check their settings before they are saved, for example a directory. */
  async #checkDestinations(next: Settings): Promise<void> {
    const { keeper, directory, secret } = this.#parts;
    const problems: Problem[] = [];
    for (const [index, destination] of next.destinations.entries()) {
      const isKnown = keeper.settings.destinations.some((other) => isDeepStrictEqual(other, destination));
      if (!destination.enabled || isKnown) continue;
      const kind = destinationKind(destination.kind);
      await kind
        ?.check?.(kind.options.parse(optionsOf(destination)), { directory, notifier: null, secret })
        .catch((thrown: unknown) => {
          const key = thrown instanceof PlimsollError ? thrown.problems[0]?.path : undefined;
          const path = `destinations[${index}]${key === undefined ? '' : `.${key}`}`;
          problems.push({ path, message: messageOf(thrown) });
        });
    }
    if (problems.length > 0) throw invalidSettings(problems);
  }
}
