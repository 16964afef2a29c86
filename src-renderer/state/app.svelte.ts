import { createContext } from 'svelte';
import type { MetricDefinition } from '../../src-main/contract/metric.ts';
import type { Carrier } from '../client/carrier.ts';
import type { Shell } from '../client/desktop.ts';
import { PlimsollClient } from '../client/plimsoll-client.ts';
import { AlertList } from './alerts.svelte.ts';
import { Away } from './away.svelte.ts';
import { LiveClock } from './clock.svelte.ts';
import { Downtimes } from './downtimes.svelte.ts';
import { Entries } from './entries.ts';
import { FleetSummary } from './fleet.svelte.ts';
import { metersOf } from './meters.ts';
import type { MeterModel } from './meters.ts';
import { MonitorState } from './monitor.svelte.ts';
import { Preferences } from './preferences.svelte.ts';
import { Router } from './router.svelte.ts';
import { SettingsState } from './settings.svelte.ts';
import { Silence } from './silence.ts';
import { Sparks } from './sparks.svelte.ts';
import { Toasts } from './toasts.svelte.ts';

/** Everything the views share, created once for the carrier in use. */
export class App {
  readonly client: PlimsollClient;
  readonly shell: Shell;
  readonly clock = new LiveClock();
  readonly preferences = new Preferences();
  readonly router = new Router();
  readonly toasts = new Toasts();
  readonly monitor: MonitorState;
  readonly settings: SettingsState;
  readonly sparks: Sparks;
  readonly alerts: AlertList;
  readonly away: Away;
  readonly silence: Silence;
  readonly entries: Entries;
  readonly downtimes: Downtimes;
  readonly fleet: FleetSummary;

  constructor(carrier: Carrier, shell: Shell) {
    this.shell = shell;
    this.client = new PlimsollClient(carrier);
    this.monitor = new MonitorState(this.client, this.clock);
    this.settings = new SettingsState(this.client, this.monitor);
    this.sparks = new Sparks(this.client, this.monitor, this.clock);
    this.alerts = new AlertList(this.client, this.monitor);
    this.away = new Away(this.client, this.monitor, this.clock);
    this.fleet = new FleetSummary(this.client, this.monitor);
    this.entries = new Entries(this.settings, this.toasts);
    this.downtimes = new Downtimes({
      client: this.client,
      monitor: this.monitor,
      clock: this.clock,
      toasts: this.toasts,
    });
    this.silence = new Silence(this.client, this.clock, this.toasts);
  }

  /** All meters at `now`, worst first; empty before the first answer. */
  levels(now: number): MeterModel[] {
    const { status, latest } = this.monitor;
    if (status === null) return [];
    const definitionOf = (source: string, metric: string): MetricDefinition =>
      this.settings.definition(source, metric);
    return metersOf({ status, latest, rules: this.settings.rules, definitionOf, now });
  }
}

export const [useApp, provideApp] = createContext<App>();
