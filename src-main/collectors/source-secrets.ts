import { PlimsollError } from '../contract/error.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { ScheduledSource } from './messages.ts';

/** Resolves only the secrets that main looked up for a source; this process has no others. */
export function secretsOf({ secrets }: Pick<ScheduledSource, 'secrets'>): ResolveSecret {
  return (reference) =>
    Promise.try(() => {
      const found = secrets[JSON.stringify(reference)];
      if (found !== undefined && 'value' in found) return found.value;
      throw new PlimsollError(
        'unreadable',
        found?.problem ?? 'A secret that this source refers to was not looked up.',
      );
    });
}
