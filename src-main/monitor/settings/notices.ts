import type { PlimsollError } from '../../contract/error.ts';
import type { SettingsKeeper } from './keeper.ts';

/** All that is to be said of the settings, by the name of the notice; null where nothing of the kind is amiss. */
export function settingsNotices(keeper: SettingsKeeper): Record<string, string | null> {
  const { problem, isGone, isStarter, copyProblem, inForce } = keeper;
  const { location } = keeper.view();
  const amissNow = problem === null ? null : badNotice(problem, location, isStarter);
  const amiss = [
    ...inForce.problems.map(({ path, message }) => (path === '' ? message : `${path}: ${message}`)),
    ...inForce.notices,
  ];
  return {
    settings: isGone ? goneNotice(location) : amissNow,
    'settings-copy': copyProblem && copyNotice(copyProblem),
    environment: amiss.length === 0 ? null : amiss.join(' '),
  };
}

function copyNotice(problem: PlimsollError): string {
  return `The settings are in force, but no copy could be kept for a start when their file is bad: ${problem.message}`;
}

function goneNotice(location: string | null): string {
  return `${location ?? 'The settings file'} is gone. The last good settings stay in force: put the file back, or save a change, which writes it again.`;
}

/** Says what is wrong with the settings, and where, as far as that is known. */
function badNotice(problem: PlimsollError, location: string | null, isStarter: boolean): string {
  const [first] = problem.problems;
  const place = first?.line === undefined ? '' : `:${first.line}:${first.column ?? 1}`;
  const held = isStarter ? 'those of a first start' : 'the last good ones';
  return `The settings are not in force, ${held} are. ${location ?? 'Settings'}${place}: ${problem.message}`;
}
