import { firstFree, freeId } from '../base/free-name.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Problem } from '../contract/error.ts';
import { foldedName } from '../contract/fields.ts';
import type { Rule } from '../contract/rule.ts';
import type { MonitorApi } from '../monitor/monitor-api.ts';
import type { SettingsView } from '../monitor/settings/settings-api.ts';

/**
 * Stores the settings with the changed rules. `at` is the index of the changed rule: problems inside it get paths
 * relative to the rule, such as `threshold`; others keep their path in the settings.
 */
export async function changeRules(
  monitor: MonitorApi,
  rules: readonly unknown[],
  at: number,
  revision: string,
): Promise<SettingsView> {
  const { settings } = monitor.settings.view();
  try {
    return await monitor.settings.change({ ...settings, rules }, revision);
  } catch (thrown) {
    if (!(thrown instanceof PlimsollError) || thrown.code !== 'invalid_settings') throw thrown;
    const problems = thrown.problems.map((problem) => relativeTo(`rules[${at}]`, problem));
    throw new PlimsollError(thrown.code, summary(problems, thrown.message), { problems, cause: thrown });
  }
}

/** Summarizes the problems in one sentence, since the settings' own message counts rules that the client never saw. */
function summary([first, ...others]: readonly Problem[], otherwise: string): string {
  if (first === undefined) return otherwise;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  return `${first.path === '' ? 'the rule' : first.path}: ${first.message}${more}`;
}

function relativeTo(prefix: string, problem: Problem): Problem {
  // If two rules contradict each other, the problem names the later one. If the client changed the earlier one, the
  // problem is moved there.
  if (problem.clashesWith?.startsWith(`${prefix}.`)) {
    return { ...problem, path: problem.clashesWith.slice(prefix.length + 1), clashesWith: problem.path };
  }
  if (problem.path === prefix) return { ...problem, path: '' };
  if (problem.path.startsWith(`${prefix}.`))
    return { ...problem, path: problem.path.slice(prefix.length + 1) };
  if (problem.path.startsWith(`${prefix}[`)) return { ...problem, path: problem.path.slice(prefix.length) };
  return problem;
}

/**
 * A new rule, completed by a name and an id if it lacks them. A number is added to a name that is taken; the id is made
 * from the letters and digits of the name. Values that are not text are passed on, so that the monitor refuses them.
 */
export function completed(
  sent: Readonly<Record<string, unknown>>,
  rules: readonly Rule[],
): Record<string, unknown> {
  const isTaken = (id: string) => rules.some((rule) => rule.id === id);
  const name = sent['name'] ?? `${text(sent['source'])} ${text(sent['metric'])}`.trim().slice(0, 190);
  if (typeof name !== 'string') return { ...sent, id: sent['id'] ?? freeId('', 'rule', isTaken) };
  const taken = new Set(rules.map((other) => foldedName(other.name)));
  const unique = firstFree(name, ' ', (candidate) => taken.has(foldedName(candidate)));
  return { ...sent, name: unique, id: sent['id'] ?? freeId(unique, 'rule', isTaken) };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
}
