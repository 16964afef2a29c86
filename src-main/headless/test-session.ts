import { existsSync, mkdtempSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryPath } from '../base/built.ts';
import { silentLog } from '../base/log.ts';
import { messageOf } from '../contract/error.ts';
import type { Delivery } from '../contract/delivery.ts';
import type { Rule } from '../contract/rule.ts';
import type { Reading } from '../contract/sample.ts';
import type { SecretStore } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import { localKinds } from '../monitor/settings/read.ts';
import type { Environment } from '../monitor/settings/read.ts';
import { referencesIn } from '../monitor/settings/secret-references.ts';
import { openMonitor } from '../monitor/monitor.ts';
import type { Monitor } from '../monitor/monitor-api.ts';
import type { SettingsStore } from '../monitor/settings/store.ts';
import type { Context } from './command.ts';
import { spawnByFork } from './spawn.ts';

const exportDirectory = 'test_exports';
const patienceMs = 20_000;

interface SessionOptions {
  settings: Settings;
  /** The sources' latest readings: the session's rule uses one that has samples. */
  readings: readonly Reading[];
  /** Where `test_exports` is created. */
  directory: string;
  keep: boolean;
  /** Resolves the settings' references to secrets. */
  env: Environment;
  store: SecretStore;
}

/**
 * Runs the whole engine for a few seconds in a temporary data directory: a rule that is certain to be violated fires,
 * and the alert is exported as JSON and CSV. Checks the exports, and removes them again.
 */
export async function runTestSession(
  context: Context,
  { settings, readings, directory, keep, env, store }: SessionOptions,
): Promise<{ ok: boolean; said: string }> {
  const sample = surestSample(settings, readings);
  if (sample === undefined)
    return { ok: false, said: 'no source said anything, so there is nothing to judge' };
  const rule = certainRule(sample.source, sample.metric);
  const tried = sessionSettings(settings, rule);
  const exports = join(directory, exportDirectory);
  const wasThere = existsSync(exports);
  if (wasThere && !statSync(exports).isDirectory())
    return { ok: false, said: `${exports} is no directory; move it away` };
  const before = new Set(wasThere ? readdirSync(exports) : []);
  const data = mkdtempSync(join(tmpdir(), 'plimsoll-selftest-'));
  const children = spawnByFork({
    entryPath,
    env: context.env,
    log: silentLog,
    argumentsFor: (entry) => (entry === 'history' ? [data] : []),
  });
  let monitor: Monitor | undefined;
  try {
    monitor = await openMonitor({
      version: context.version,
      host: hostname(),
      directory: data,
      settingsStore: fixedSettings(tried, directory),
      // Approvals belong to another directory: no script runs here.
      scriptFolder: join(directory, 'metrics'),
      settingsMustHold: true,
      secretStore: store,
      env: variablesOf(tried, env),
      spawn: children.spawn,
      clock: context.clock,
      log: silentLog,
    });
    const delivery = await delivered(monitor);
    if (delivery.state !== 'sent') return { ok: false, said: delivery.error ?? 'the export did not arrive' };
    const written = readdirSync(exports).filter((name) => !before.has(name));
    const problem = problemWith(exports, written, rule);
    const where = keep ? `in ${exports}` : 'and removed them again';
    return problem === null
      ? { ok: true, said: `an alert fired and wrote ${written.length} exports ${where}` }
      : { ok: false, said: problem };
  } catch (thrown) {
    return { ok: false, said: messageOf(thrown) };
  } finally {
    await monitor?.stop();
    children.killAll();
    rmSync(data, { recursive: true, force: true });
    if (!keep) tidy(exports, before, wasThere);
  }
}

/** From a local source if one had samples: it will have them again, whatever the network does. */
function surestSample(
  settings: Settings,
  readings: readonly Reading[],
): { source: string; metric: string } | undefined {
  const local = new Set(settings.sources.filter(({ kind }) => localKinds.has(kind)).map(({ name }) => name));
  const candidates = readings.flatMap(({ source, samples }) =>
    samples.map(({ metric, labels }) => {
      const isLocal = local.has(source);
      const isAlone = Object.keys(labels).length === 0;
      return { source, metric, rank: (isLocal ? 2 : 0) + (isAlone ? 1 : 0) };
    }),
  );
  return candidates.toSorted((a, b) => b.rank - a.rank)[0];
}

/** Only variables that the settings refer to: others would change the session's rule. */
function variablesOf({ sources }: Settings, env: Environment): Environment {
  const names = referencesIn(sources).flatMap((reference) =>
    'env' in reference ? [reference.env, `${reference.env}_FILE`] : [],
  );
  return Object.fromEntries(names.map((name) => [name, env[name]]));
}

/** Any value is one of the two, so one of the next samples violates the rule. */
function certainRule(source: string, metric: string): Rule {
  return {
    id: 'selftest',
    name: 'Self-test',
    enabled: true,
    source,
    metric,
    comparison: 'greater_than',
    threshold: -Number.MAX_SAFE_INTEGER,
    consecutiveViolations: 1,
    severity: 'warning',
    cooldownSeconds: 0,
  };
}

function sessionSettings(settings: Settings, rule: Rule): Settings {
  const sources = settings.sources
    .filter(({ name }) => name === rule.source)
    .map((source) => ({ ...source, enabled: true, intervalSeconds: 1 }));
  const destinations = [
    { name: 'selftest', kind: 'file', enabled: true, directory: exportDirectory, formats: ['json', 'csv'] },
  ];
  const monitoring = { ...settings.monitoring, checkIntervalSeconds: 0.1 };
  return { version: 1, sources, rules: [rule], destinations, monitoring };
}

function fixedSettings(settings: Settings, directory: string): SettingsStore {
  return {
    location: null,
    editable: false,
    directory,
    read: () => ({ content: settings, revision: 'fixed' }),
    write: () => Promise.reject(new Error('the settings of a self-test are not written')),
    describe: () => undefined,
  };
}

/** The first delivery that arrived or was given up. */
function delivered(monitor: Monitor): Promise<Delivery> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(
      () => reject(new Error(`nothing was exported within ${patienceMs / 1000} s`)),
      patienceMs,
    );
    monitor.subscribe((event) => {
      if (event.type !== 'delivery') return;
      const { state, error } = event.delivery;
      if (state === 'queued' && error === null) return;
      clearTimeout(timer);
      resolve(event.delivery);
    });
  });
}

/** The problem of the exports; null if both formats contain what was measured. */
function problemWith(directory: string, names: readonly string[], rule: Rule): string | null {
  const json = names.find((name) => name.endsWith('.json'));
  const csv = names.find((name) => name.endsWith('.csv'));
  if (json === undefined || csv === undefined)
    return `of JSON and CSV only ${names.join(', ') || 'nothing'} was written`;
  const record: unknown = JSON.parse(readFileSync(join(directory, json), 'utf8'));
  const { data_source: source, metric_name: metric } = record as Record<string, unknown>;
  if (source !== rule.source || metric !== rule.metric)
    return `${json} is about ${String(source)} ${String(metric)}`;
  return readFileSync(join(directory, csv), 'utf8').includes(rule.metric)
    ? null
    : `${csv} does not name ${rule.metric}`;
}

/** Removes the files of this run, and the directory if it created it. */
function tidy(directory: string, before: ReadonlySet<string>, wasThere: boolean): void {
  if (!existsSync(directory)) return;
  for (const name of readdirSync(directory))
    if (!before.has(name)) rmSync(join(directory, name), { force: true });
  if (!wasThere && readdirSync(directory).length === 0) rmdirSync(directory);
}
