import type { ScriptPlaces } from '../source-kind.ts';
import { scriptsFolder } from './approvals.ts';
import type { SessionPlaces } from './open-session.ts';
import { endLeftRuns, ownerMark } from './run-traces.ts';

/**
 * What the scripts of one data directory need. Ends the scripts that earlier collectors left running when they were
 * killed, because only one process at a time collects for a directory.
 */
export function scriptPlaces(given: {
  dataDirectory: string;
  folder: string;
  openModule: SessionPlaces['openModule'];
}): ScriptPlaces {
  const { dataDirectory, folder, openModule } = given;
  const owner = ownerMark(dataDirectory);
  endLeftRuns(owner);
  return { copies: scriptsFolder(dataDirectory), owner, folder, openModule };
}
