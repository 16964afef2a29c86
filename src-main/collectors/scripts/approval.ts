import { PlimsollError } from '../../contract/error.ts';
import type { Approval } from './approvals.ts';
import type { ScriptFile } from './script-file.ts';

/** The approval of the file that a source runs; null if there is none. */
export type SourceApproval = Pick<Approval, 'sha256' | 'interpreter'>;

/** Throws `not_approved` unless exactly these bytes may be run by this interpreter. */
export function refuseUnlessApproved(
  { path, sha256 }: ScriptFile,
  interpreter: string | null,
  approval: SourceApproval | null,
): void {
  const how = `Look at it, then approve it in the window or with: plimsoll scripts approve ${shellWord(path)}`;
  if (approval === null) throw notApproved(`${path} has not been approved, so it does not run. ${how}`);
  if (approval.sha256 !== sha256)
    throw notApproved(`${path} has changed since it was approved, so it does not run any more. ${how}`);
  if (approval.interpreter !== interpreter)
    throw notApproved(
      `${path} was approved to be run by ${approval.interpreter ?? 'the usual program'}, not by ${interpreter ?? 'the usual program'}. ${how}${interpreter === null ? '' : ` --interpreter ${shellWord(interpreter)}`}`,
    );
}

function notApproved(message: string): PlimsollError {
  return new PlimsollError('not_approved', message);
}

/** Quotes a path for a POSIX shell. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
