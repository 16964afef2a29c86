import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import { openState } from '../monitor/state/state.ts';
import type { State } from '../monitor/state/state.ts';

/** A data directory whose state is open. */
export class StateFolder {
  readonly directory = mkdtempSync(join(tmpdir(), 'plimsoll-state-'));
  state: State = openState(this.directory);

  /** Goes on as after a restart. Nobody has the file while `meanwhile` runs. */
  reopen(meanwhile?: () => void): State {
    this.state.close();
    meanwhile?.();
    return (this.state = openState(this.directory));
  }

  remove(): void {
    this.state.close();
    rmSync(this.directory, { recursive: true });
  }
}

/** Called at the top of a test file: each of its tests has a folder of its own, which is removed after it. */
export function stateFolderForEachTest(): Omit<StateFolder, 'remove'> {
  let folder: StateFolder;
  beforeEach(() => {
    folder = new StateFolder();
  });
  afterEach(() => folder.remove());
  return {
    get directory() {
      return folder.directory;
    },
    get state() {
      return folder.state;
    },
    reopen: (meanwhile) => folder.reopen(meanwhile),
  };
}
