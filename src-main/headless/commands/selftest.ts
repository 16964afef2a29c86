import { hostname } from 'node:os';
import { secretResolver } from '../../base/secrets.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { inForce } from '../../monitor/settings/read.ts';
import { SecretKeeper } from '../../monitor/settings/secret-keeper.ts';
import { playRule, sampleSources } from '../../monitor/self-test.ts';
import { starterSettings } from '../../monitor/settings/starter.ts';
import { defineCommand, type Context } from '../command.ts';
import { environmentOf } from '../settings/environment.ts';
import { exitCode, type ExitCode } from '../exit-codes.ts';
import { FileSecrets } from '../settings/file-secrets.ts';
import { isSettingsError, noteLines, problemLines } from '../problems.ts';
import { readStored } from '../settings/stored.ts';
import { shown } from '../terminal.ts';
import { runTestSession } from '../test-session.ts';
import { dataDirectoryOf, dataFlag, pathsStartIn, settingsFileOf } from '../where.ts';
import { inventory } from './check.ts';

export const selftest = defineCommand({
  name: 'selftest',
  summary: 'Tries the settings out on this machine: samples, rules, a short session with exports.',
  description:
    'Every enabled source is sampled for real, every rule is played through the engine, and a session of a few seconds\n' +
    'fires one alert and exports it to test_exports beside the settings file, which is removed again. No webhook, mail or\n' +
    'other destination is used. Exits with 1 when anything failed, and 78 when the settings do not hold.',
  examples: [
    ['plimsoll selftest', 'with the usual settings'],
    ['plimsoll selftest --config config.yaml --keep', "a predecessor's file; the exports stay"],
  ],
  operands: [],
  flags: {
    config: { type: 'text', placeholder: 'FILE', help: 'the settings file, instead of the usual one' },
    keep: { type: 'switch', help: 'leave test_exports as it is' },
    json: { type: 'switch', help: 'print JSON: {passed, failed, tried: [{ok, what, said}]}' },
    data: dataFlag,
  },
  async run(context, { config, keep, json, data }) {
    const report = new Report(context, json);
    const path = settingsFileOf(context, config);
    const file = config ?? path;
    const env = environmentOf(context, config);
    const found = settingsAt(context, path, file, config !== undefined, report);
    if (found === null) return exitCode.badConfiguration;
    const { settings } = found;

    const dataDirectory = dataDirectoryOf(context, data);
    const directory = pathsStartIn(path, config !== undefined, dataDirectory);
    const store = new SecretKeeper(new FileSecrets(dataDirectory), context.clock);
    store.holdInMemory(found.secrets);
    const secret = secretResolver({ env, directory, store });
    const surroundings = { host: hostname(), seconds: 1, clock: context.clock, directory };
    const readings = await sampleSources(settings, secret, surroundings);
    for (const reading of readings) reportReading(report, reading);
    for (const rule of settings.rules) {
      const wrong = playRule(rule).find(({ expected, got }) => expected !== got);
      report.say(
        wrong === undefined,
        `rule ${rule.name}`,
        wrong === undefined
          ? 'fires and ends where it should'
          : `at ${wrong.value} the engine says ${wrong.got}, not ${wrong.expected}`,
      );
    }
    const session = await runTestSession(context, { settings, readings, directory, keep, env, store });
    report.say(session.ok, 'session', session.said);
    return report.conclude();
  },
});

interface Found {
  settings: Settings;
  /** Secrets that the file contains in clear, by the name under which the settings refer to them. */
  secrets: ReadonlyMap<string, string>;
}

/** The settings to be tried; null if they are invalid, after printing every problem. */
function settingsAt(
  context: Context,
  path: string,
  file: string,
  isNamed: boolean,
  report: Report,
): Found | null {
  const env = environmentOf(context, isNamed ? file : undefined);
  try {
    const read = readStored(path, file, env);
    const { settings, problems, overrides } = inForce(read.settings, env);
    const changed = overrides.length > 0 ? `; ${overrides.length} from the environment` : '';
    report.say(problems.length === 0, 'settings', `${file}: ${inventory(settings)}${changed}`);
    for (const line of noteLines('environment', problems)) context.terminal.error(line);
    return { settings, secrets: read.secrets };
  } catch (thrown) {
    if (!isSettingsError(thrown)) throw thrown;
    if (thrown.code === 'not_found' && !isNamed) {
      const { settings } = inForce(starterSettings(), env);
      report.say(true, 'settings', `none yet, so those of a first start: ${inventory(settings)}`);
      return { settings, secrets: new Map() };
    }
    for (const line of problemLines(file, thrown)) context.terminal.error(line);
    return null;
  }
}

function reportReading(report: Report, { source, samples, error, durationMs }: Reading): void {
  const found = samples
    .slice(0, 4)
    .map(({ metric, value }) => `${metric} ${value}`)
    .join(', ');
  const more = samples.length > 4 ? ` and ${samples.length - 4} more` : '';
  const said =
    samples.length === 0 ? (error?.message ?? 'nothing was found') : `${found}${more} in ${durationMs} ms`;
  // A check whose target does not answer has worked, but that is not a success here.
  const isReached = !samples.some(({ metric, value }) => metric === 'reachable' && value === 0);
  report.say(
    samples.length > 0 && error === null && isReached,
    `source ${source}`,
    error === null ? (isReached ? said : `is not reached: ${said}`) : error.message,
  );
}

/** Prints one line for each thing that was tried, and a total; or everything as JSON at the end. */
class Report {
  readonly #context: Context;
  readonly #isJson: boolean;
  readonly #tried: { ok: boolean; what: string; said: string }[] = [];

  constructor(context: Context, isJson: boolean) {
    this.#context = context;
    this.#isJson = isJson;
  }

  say(ok: boolean, what: string, said: string): void {
    this.#tried.push({ ok, what, said });
    if (this.#isJson) return;
    const { terminal } = this.#context;
    const mark = ok ? terminal.style('green', 'ok    ') : terminal.style('red', 'failed');
    terminal.out(`${mark}  ${shown(what)}: ${shown(said)}`);
  }

  conclude(): ExitCode {
    const { terminal } = this.#context;
    const passed = this.#tried.filter(({ ok }) => ok).length;
    const failed = this.#tried.length - passed;
    if (this.#isJson) terminal.json({ passed, failed, tried: this.#tried });
    else {
      terminal.out('');
      terminal.out(`${passed} ok, ${failed} failed`);
    }
    return failed === 0 ? exitCode.ok : exitCode.failed;
  }
}
