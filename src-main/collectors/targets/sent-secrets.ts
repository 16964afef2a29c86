import { redactor } from '../../base/redact.ts';
import { secretParameters } from '../../base/secret-names.ts';
import type { Measurement } from '../../contract/sample.ts';
import type { ResolveSecret } from '../../contract/secret.ts';

/**
 * The secrets that are sent to an endpoint. Its answer may repeat them, and names and labels end up in history, exports
 * and mails, so samples that contain a secret are left out.
 */
export class SentSecrets {
  readonly #sent: string[];
  readonly #resolve: ResolveSecret;

  constructor(url: string, resolve: ResolveSecret) {
    this.#sent = [...secretParameters(url)];
    this.#resolve = resolve;
  }

  /** Looks up a secret that will be sent. */
  readonly resolve: ResolveSecret = async (reference) => {
    const secret = await this.#resolve(reference);
    this.#sent.push(secret);
    return secret;
  };

  /** The samples without those that contain a secret. Samples named as one of `ownMetrics` are ours, and stay. */
  strikeOut(samples: readonly Measurement[], ownMetrics: object): Measurement[] {
    const redact = redactor(this.#sent);
    const isClean = (text: string) => redact(text) === text;
    return samples.filter(
      ({ metric, labels }) =>
        Object.hasOwn(ownMetrics, metric) || [metric, ...Object.entries(labels).flat()].every(isClean),
    );
  }
}
