import { PlimsollError } from '../../contract/error.ts';
import { readSettings } from '../../monitor/settings/read.ts';
import type { Environment, ReadSettings } from '../../monitor/settings/read.ts';
import { YamlSettings } from './yaml.ts';

/** A settings file as read, with a way to find where a setting is in it. */
export interface StoredSettings extends ReadSettings {
  store: YamlSettings;
}

/** Reads a settings file, ours or a predecessor's. Throws `not_found`, `unreadable` and `invalid_settings`. */
export function readStored(path: string, shownAs: string, environment: Environment): StoredSettings {
  const store = new YamlSettings(path);
  const stored = store.read();
  if (stored === null) throw new PlimsollError('not_found', `${shownAs}: there is no such file`);
  return { store, ...readSettings(stored.content, environment, (key) => store.describe(key)) };
}
