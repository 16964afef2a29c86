import { lstatSync } from 'node:fs';
import { writeFileDurably } from '../../base/durable-file.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Settings } from '../../contract/settings.ts';
import { newYaml } from '../../documents/yaml-write.ts';
import { separateSecrets, withPlainSecrets } from './plain-secrets.ts';
import type { SecretKeeper } from './secret-keeper.ts';

/**
 * Writes settings that were translated from a predecessor's file as a file of our own, and its secrets in clear to the
 * secret store. Throws `conflict` if a file already exists, and then changes nothing. Returns the path.
 */
export async function convertTo(
  path: string,
  settings: Settings,
  inClear: ReadonlyMap<string, string>,
  store: Pick<SecretKeeper, 'storeAround'>,
): Promise<string> {
  // Before a secret is stored; `exclusive` ensures that a file created meanwhile is not replaced.
  if (lstatSync(path, { throwIfNoEntry: false }) !== undefined) throw inTheWay(path);
  const { content, secrets } = separateSecrets(withPlainSecrets(settings, inClear));
  await store.storeAround(secrets, () =>
    writeFileDurably(path, newYaml(content), { mode: 0o600, exclusive: true }).catch((thrown: unknown) => {
      throw thrown instanceof PlimsollError && thrown.code === 'conflict' ? inTheWay(path) : thrown;
    }),
  );
  return path;
}

function inTheWay(path: string): PlimsollError {
  return new PlimsollError('conflict', `${path} is there already. Move it away, or import into it.`);
}
