import type { Rule } from '../../src-main/contract/rule.ts';
import { ApiError } from '../client/api-error.ts';
import { m } from '../paraglide/messages.js';
import { problemWords } from './problem-words.ts';
import type { SettingsState } from './settings.svelte.ts';
import type { Toasts } from './toasts.svelte.ts';

/** Deletes a rule and offers to restore it. Resolves to whether it was deleted. */
export async function removeRule(rule: Rule, settings: SettingsState, toasts: Toasts): Promise<boolean> {
  const at = settings.rules.findIndex(({ id }) => id === rule.id);
  try {
    await onNewestRevision(settings, async (revision, again) => {
      // The owner did not mean to delete the version that somebody else saved meanwhile.
      if (again && JSON.stringify(settings.rule(rule.id)) !== JSON.stringify(rule)) return false;
      await settings.deleteRule(rule.id, revision);
      return true;
    });
  } catch (thrown) {
    await settings.reload().catch(() => undefined);
    toasts.problem(m.rule_not_deleted({ name: rule.name, why: problemWords(thrown) }));
    return false;
  }
  toasts.undoable(
    m.rule_deleted({ name: rule.name }),
    m.undo(),
    () => void restoreRule(rule, at, settings, toasts),
  );
  return true;
}

/** To its old place if possible. */
async function restoreRule(rule: Rule, at: number, settings: SettingsState, toasts: Toasts): Promise<void> {
  try {
    await settings.change(({ rules }) => ({ rules: rules.toSpliced(at, 0, rule) }));
  } catch (thrown) {
    toasts.problem(m.rule_not_restored({ name: rule.name, why: problemWords(thrown) }));
  }
}

/** Tries again if other settings have changed; `act` may then decline. */
async function onNewestRevision(
  settings: SettingsState,
  act: (revision: string, again: boolean) => Promise<boolean>,
): Promise<void> {
  try {
    await act(settings.view?.revision ?? '', false);
  } catch (thrown) {
    if (!(thrown instanceof ApiError) || thrown.code !== 'conflict') throw thrown;
    await settings.reload();
    if (!(await act(settings.view?.revision ?? '', true))) throw thrown;
  }
}
