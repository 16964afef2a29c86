import { endLeftRuns as endRunsOf, ownerMark } from '../../collectors/scripts/run-traces.ts';

/** Ends what scripts of this data directory have left running, as when the collectors were killed and could not end it. */
export function endLeftRuns(dataDirectory: string): void {
  endRunsOf(ownerMark(dataDirectory));
}
