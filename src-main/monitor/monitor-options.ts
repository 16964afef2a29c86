import type { Clock } from '../base/clock.ts';
import type { Log, LogLevel } from '../base/log.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { Spawn } from '../contract/port.ts';
import type { SecretStore } from '../contract/secret.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import type { Environment } from './settings/read.ts';
import type { SettingsStore } from './settings/store.ts';

/** What a shell gives the monitor that it opens. */
export interface MonitorOptions {
  version: string;
  /** The name under which this machine's samples are kept. */
  host: string;
  /** The data directory. Opening the monitor takes its lock. */
  directory: string;
  settingsStore: SettingsStore;
  /** Where scripts are found: the folder `metrics` beside the settings. */
  scriptFolder: string;
  /** Whether settings that do not hold are a reason not to start, even where an older copy does. */
  settingsMustHold: boolean;
  /** Where secrets are kept that the window is given. */
  secretStore: SecretStore;
  /** The environment, `.env` included: what it says goes before the settings, and `{ env: NAME }` refers to it. */
  env: Environment;
  /** It was started as a hub: it receives whatever the settings say. */
  isHub?: boolean;
  spawn: Spawn;
  /** The notifications of this desktop, where there is one. */
  notifier?: Notifier;
  /** Where samples go besides what the settings say: the hub of an agent. */
  uplink?: DestinationSettings;
  clock: Clock;
  /** Milliseconds since the machine was started, sleep included; the system's where it is not given. */
  uptime?: () => number;
  log: Log;
  /** Where alerts and measurements are logged beside what `log` is told; nowhere without it. */
  logDirectory?: string;
  /** Is told how much to log whenever the settings say so; left out where a flag has the last word. */
  setLogLevel?: (level: LogLevel) => void;
}
