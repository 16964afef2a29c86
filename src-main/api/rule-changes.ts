import { PlimsollError } from '../contract/error.ts';
import type { Problem } from '../contract/error.ts';
import type { Rule } from '../contract/rule.ts';
import type { MonitorApi, SettingsView } from '../monitor/monitor-api.ts';
import type { RuleInput } from './settings-shape.ts';

/**
 * Stores the settings with other rules. `at` is the place of the rule that was touched: problems inside it come
 * back with paths relative to the rule, such as `threshold`; others keep their path in the settings.
 */
export async function changeRules(
  monitor: MonitorApi,
  rules: readonly (Rule | RuleInput)[],
  at: number,
  revision: string,
): Promise<SettingsView> {
  const { settings } = monitor.settings();
  try {
    return await monitor.changeSettings({ ...settings, rules }, revision);
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'invalid_settings') throw thrown;
    const problems = thrown.problems.map((problem) => relativeTo(`rules[${at}]`, problem));
    throw new PlimsollError(thrown.code, thrown.message, { problems, cause: thrown });
  }
}

function relativeTo(prefix: string, problem: Problem): Problem {
  if (problem.path === prefix) return { ...problem, path: '' };
  if (problem.path.startsWith(`${prefix}.`))
    return { ...problem, path: problem.path.slice(prefix.length + 1) };
  if (problem.path.startsWith(`${prefix}[`)) return { ...problem, path: problem.path.slice(prefix.length) };
  return problem;
}

/** Names are compared as people read them. */
function folded(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

/** The name as it was given, or one made from the metric, with a number where it is taken already. */
export function freeName(rule: RuleInput, rules: readonly Rule[]): string {
  const wanted = rule.name ?? `${String(rule.source)} ${String(rule.metric)}`.slice(0, 190);
  // What is not a text is passed on for the monitor to refuse.
  if (typeof wanted !== 'string') return wanted;
  const taken = new Set(rules.map((other) => folded(other.name)));
  return firstFree(wanted, ' ', (name) => taken.has(folded(name)));
}

/** An id made from the name's letters and digits, with a number where it is taken already. */
export function freeId(name: string, rules: readonly Rule[]): string {
  const plain = String(name)
    .normalize('NFKD')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const wanted =
    plain
      .replaceAll(/^-+|-+$/g, '')
      .slice(0, 56)
      .replace(/-+$/, '') || 'rule';
  return firstFree(wanted, '-', (id) => rules.some((rule) => rule.id === id));
}

function firstFree(wanted: string, separator: string, isTaken: (text: string) => boolean): string {
  if (!isTaken(wanted)) return wanted;
  let number = 2;
  while (isTaken(`${wanted}${separator}${number}`)) number++;
  return `${wanted}${separator}${number}`;
}
