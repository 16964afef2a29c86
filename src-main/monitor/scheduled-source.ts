import { resolve as resolvePath } from 'node:path';
import type { ScheduledSource } from '../collectors/messages.ts';
import { sourceKind } from '../collectors/source-kinds.ts';
import { messageOf } from '../contract/error.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { Settings, SourceSettings } from '../contract/settings.ts';
import { intervalOf, slowIntervalOf } from './board.ts';
import { referencesIn } from './settings/secret-references.ts';

/** A source as it is sent to the collectors: its secrets are not resolved yet, its paths start at `directory`. */
export function scheduledSource(
  source: SourceSettings,
  settings: Settings,
  directory: string,
): ScheduledSource {
  const { name, kind, enabled: _enabled, intervalSeconds: _interval, tags: _tags, ...options } = source;
  for (const key of sourceKind(kind)?.paths ?? []) {
    const path = options[key];
    if (typeof path === 'string') options[key] = resolvePath(directory, path);
  }
  const intervalSeconds = intervalOf(source, settings);
  const slowIntervalSeconds = slowIntervalOf(source, settings);
  return {
    ...{ name, kind, intervalSeconds, options, secrets: {} },
    ...(slowIntervalSeconds !== null && { slowIntervalSeconds }),
  };
}

/** The source with its secrets. Never rejects: an unresolvable reference makes its readings fail, with the reason. */
export async function withSecrets(source: ScheduledSource, resolve: ResolveSecret): Promise<ScheduledSource> {
  const secrets = await Promise.all(
    referencesIn(source.options).map(async (reference) => {
      const found = await resolve(reference).then(
        (value) => ({ value }),
        (thrown: unknown) => ({ problem: messageOf(thrown) }),
      );
      return [JSON.stringify(reference), found] as const;
    }),
  );
  return { ...source, secrets: Object.fromEntries(secrets) };
}
