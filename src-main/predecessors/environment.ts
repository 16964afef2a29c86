import type { Problem } from '../contract/error.ts';
import { foldedName } from '../contract/fields.ts';
import type { Override } from '../contract/import.ts';
import type { Rule } from '../contract/rule.ts';
import type { Settings } from '../contract/settings.ts';
import { quoted } from './reader.ts';
import type { Environment } from './predecessor.ts';

/** The settings after the environment variables were applied. */
export interface Overridden {
  settings: Settings;
  overrides: Override[];
  /** Variables with an invalid value. The file's settings stay in force. */
  problems: Problem[];
  /** Variables that have no effect, with the reason. */
  notices: string[];
}

/** The rule of the starter settings to which each variable belongs. */
const thresholdVariables = [
  ['MONITOR_CPU_THRESHOLD', 'cpu-high'],
  ['MONITOR_MEMORY_THRESHOLD', 'memory-high'],
  ['MONITOR_DISK_THRESHOLD', 'disk-high'],
] as const;

const agentVariables = ['SERVER_URL', 'AGENT_ID', 'AGENT_NAME'] as const;

/** The environment variables of the predecessor's agent, and the rest of the environment. */
export interface AgentVariables {
  hub: string | undefined;
  id: string | undefined;
  name: string | undefined;
  /** In seconds; undefined if missing or invalid. */
  everySeconds: number | undefined;
  others: Environment;
}

/** `SERVER_URL`, `AGENT_ID`, `AGENT_NAME`; `COLLECTION_INTERVAL` is the interval of both sampling and sending. */
export function agentVariablesIn(environment: Environment): AgentVariables {
  const { SERVER_URL: hub, AGENT_ID: id, AGENT_NAME: name, ...others } = environment;
  const interval = environment['COLLECTION_INTERVAL'] ?? '';
  const seconds = problemOf(interval, { least: 1, most: 3600 }) === undefined ? Number(interval) : undefined;
  const said = (text: string | undefined) => (text === '' ? undefined : text);
  return { hub: said(hub), id: said(id), name: said(name), everySeconds: seconds, others };
}

const decimal = /^\d+(\.\d+)?$/;
const intervalBounds = { least: 0.1, most: 86_400 };

/**
 * Applies the predecessors' environment variables to the settings. `MONITOR_INTERVAL`, or else `COLLECTION_INTERVAL`,
 * is the interval in seconds of all sources of a local kind; `MONITOR_*_THRESHOLD` are the thresholds of the starter
 * rules. The given settings are not changed.
 */
export function overridesFrom(
  environment: Environment,
  settings: Settings,
  localKinds: ReadonlySet<string>,
): Overridden {
  const result: Overridden = {
    settings: structuredClone(settings),
    overrides: [],
    problems: [],
    notices: [],
  };
  overrideIntervals(environment, localKinds, result);
  for (const [variable, id] of thresholdVariables) {
    const threshold = numberOf(environment, variable, result);
    if (threshold !== undefined) overrideThreshold(variable, id, threshold, result);
  }
  if (isSet(environment, 'FLASK_ENV')) result.notices.push('FLASK_ENV is ignored: there is no Flask here.');
  for (const variable of agentVariables.filter((name) => isSet(environment, name)))
    result.notices.push(`${variable} is for an agent that sends to a hub; it changes nothing here.`);
  return result;
}

function overrideIntervals(
  environment: Environment,
  localKinds: ReadonlySet<string>,
  result: Overridden,
): void {
  const [variable, other] = ['MONITOR_INTERVAL', 'COLLECTION_INTERVAL'].filter((name) =>
    isSet(environment, name),
  );
  if (variable === undefined) return;
  if (other !== undefined) result.notices.push(`${other} is not used: ${variable} is there too.`);
  const seconds = numberOf(environment, variable, result, intervalBounds);
  if (seconds === undefined) return;
  let isUsed = false;
  for (const [index, source] of result.settings.sources.entries()) {
    if (!localKinds.has(source.kind)) continue;
    source.intervalSeconds = seconds;
    isUsed = true;
    result.overrides.push({ path: `sources[${index}].intervalSeconds`, origin: variable, value: seconds });
  }
  if (!isUsed) result.notices.push(`${variable} changes nothing: no source measures this machine.`);
}

function overrideThreshold(variable: string, id: string, threshold: number, result: Overridden): void {
  const { rules } = result.settings;
  const index = rules.findIndex((rule) => rule.id === id);
  const rule = rules[index];
  if (rule === undefined) {
    result.notices.push(`${variable} changes nothing: there is no rule with the id ${id}.`);
    return;
  }
  const name = nameWith(rule, threshold, rules);
  rule.threshold = threshold;
  result.overrides.push({ path: `rules[${index}].threshold`, origin: variable, value: threshold });
  if (name === rule.name) return;
  rule.name = name;
  result.overrides.push({ path: `rules[${index}].name`, origin: variable, value: name });
}

/** Adapts a name that contains the threshold, such as `CPU above 80 %`, unless another rule already has the new name. */
function nameWith({ name, threshold }: Rule, next: number, rules: readonly Rule[]): string {
  const renamed = name.replace(/(?<![\d.,-])\d+(?:\.\d+)?(?=\s?%)/g, (number) =>
    Number(number) === threshold ? String(next) : number,
  );
  const isTaken = renamed.length > 200 || rules.some((rule) => foldedName(rule.name) === foldedName(renamed));
  return isTaken ? name : renamed;
}

/** An empty variable counts as not set. */
function isSet(environment: Environment, name: string): boolean {
  return environment[name] !== undefined && environment[name] !== '';
}

/** The number in a variable. Reports values that are no number or out of bounds. */
function numberOf(
  environment: Environment,
  variable: string,
  { problems }: Overridden,
  bounds?: { least: number; most: number },
): number | undefined {
  const text = environment[variable];
  if (text === undefined || text === '') return undefined;
  const problem = problemOf(text, bounds);
  if (problem === undefined) return Number(text);
  problems.push({ path: '', message: `${variable} ${problem}. What the settings say stays in force.` });
  return undefined;
}

function problemOf(text: string, bounds?: { least: number; most: number }): string | undefined {
  if (!decimal.test(text)) {
    const plain = text
      .trim()
      .replace(/\s*(%|s|sec|seconds)$/i, '')
      .replace(',', '.');
    const suggestion = decimal.test(plain) ? `write ${plain}` : 'write a number such as 80 or 80.5';
    return `must be a number, not ${quoted(text)}; ${suggestion}`;
  }
  const value = Number(text);
  if (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    return `cannot be ${quoted(text)}: that number cannot be represented exactly`;
  if (bounds !== undefined && (value < bounds.least || value > bounds.most))
    return `must be from ${bounds.least} to ${bounds.most} seconds, not ${quoted(text)}`;
  return undefined;
}
