import type { Clock } from '../base/clock.ts';
import type { Log, LogLevel } from '../base/log.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { Spawn } from '../contract/port.ts';
import type { SecretStore } from '../contract/secret.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import type { Environment } from './settings/read.ts';
import type { SettingsStore } from './settings/store.ts';

/** What the program passes to the monitor that it opens. */
export interface MonitorOptions {
  version: string;
  /** This machine's host name in the samples. */
  host: string;
  /** The data directory. Opening the monitor takes its lock. */
  directory: string;
  settingsStore: SettingsStore;
  /** The folder of scripts: `metrics` beside the settings. */
  scriptFolder: string;
  /** Whether invalid settings prevent a start even if there is a valid older copy. */
  settingsMustHold: boolean;
  /** Where secrets that are entered in the window are stored. */
  secretStore: SecretStore;
  /** The environment, including `.env`: it takes precedence over the settings, and `{ env: NAME }` refers to it. */
  env: Environment;
  /** It was started as a hub: it receives whatever the settings say. */
  isHub?: boolean;
  spawn: Spawn;
  /** This desktop's notifications, if there are any. */
  notifier?: Notifier;
  /** Another destination of samples besides those of the settings: the hub of an agent. */
  uplink?: DestinationSettings;
  clock: Clock;
  /** Milliseconds since boot, including sleep; by default the system's. */
  uptime?: () => number;
  log: Log;
  /** Where alerts and measurements are logged in addition to `log`; by default nowhere. */
  logDirectory?: string;
  /** Sets the log level whenever the settings change it; absent if a flag decides. */
  setLogLevel?: (level: LogLevel) => void;
}
