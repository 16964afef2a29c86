import { endLeftRuns as endRunsOf, ownerMark } from '../../collectors/scripts/run-traces.ts';

/** Ends scripts of this data directory that are still running, for example because the collectors were killed. */
export function endLeftRuns(dataDirectory: string): void {
  endRunsOf(ownerMark(dataDirectory));
}
