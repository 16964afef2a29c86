import { redactor } from '../../base/redact.ts';
import { secretParameters } from '../../base/secret-names.ts';
import type { Measurement } from '../../contract/sample.ts';
import type { ResolveSecret } from '../../contract/secret.ts';

/**
 * What is sent to an endpoint and is secret. An endpoint may say it back, and names and labels go into history, exports and mails:
 * what bears one is left out.
 */
export class SentSecrets {
  readonly #sent: string[];
  readonly #resolve: ResolveSecret;

  constructor(url: string, resolve: ResolveSecret) {
    this.#sent = [...secretParameters(url)];
    this.#resolve = resolve;
  }

  /** Looks a secret up that is going to be sent. */
  readonly resolve: ResolveSecret = async (reference) => {
    const secret = await this.#resolve(reference);
    this.#sent.push(secret);
    return secret;
  };

  /** The samples without those that bear a secret; those called as one of `ownMetrics` are ours. */
  strikeOut(samples: readonly Measurement[], ownMetrics: object): Measurement[] {
    const redact = redactor(this.#sent);
    const isClean = (text: string) => redact(text) === text;
    return samples.filter(
      ({ metric, labels }) =>
        Object.hasOwn(ownMetrics, metric) || [metric, ...Object.entries(labels).flat()].every(isClean),
    );
  }
}
