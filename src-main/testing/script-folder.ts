import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { entryPath } from '../base/built.ts';
import type { Log } from '../base/log.ts';
import { hashOf } from '../collectors/scripts/script-file.ts';
import { ModuleRequests } from '../collectors/scripts/module-requests.ts';
import { leftRuns, ownerMark } from '../collectors/scripts/run-traces.ts';
import type { KnownNumbers } from '../collectors/scripts/session.ts';
import type { ScriptPlaces } from '../collectors/source-kind.ts';
import { script } from '../collectors/sources/script.ts';
import { spawnByFork } from '../headless/spawn.ts';
import { ModuleProcesses } from '../monitor/stages/module-processes.ts';
import { secretsOf, sourceSurroundings } from './surroundings.ts';
import { PartialReading } from '../collectors/partial-reading.ts';
import { PlimsollError } from '../contract/error.ts';

const silent: Log = { info() {}, warn() {}, error() {}, close: () => Promise.resolve() } as unknown as Log;

/** What one run of a script said: numbers by metric, and its error. */
export interface Said {
  values: Record<string, number>;
  error: PlimsollError | null;
}

type RunOptions = Record<string, unknown> & {
  secrets?: Record<string, string>;
  /** What was approved; null for nothing. */
  sha256?: string | null | undefined;
  /** The interpreter that was approved, where it is not that of the source. */
  approvedInterpreter?: string | null;
  deadlineMs?: number;
  /** What is known of all sources. */
  known?: KnownNumbers;
  signal?: AbortSignal;
};

/** A folder of real scripts that nobody else uses, and real runs of them: children, modules and all. */
export class ScriptFolder {
  readonly data = mkdtempSync(join(tmpdir(), 'plimsoll-scripts-'));
  readonly folder = mkdtempSync(join(tmpdir(), 'plimsoll-metrics-'));
  readonly #children = spawnByFork({ entryPath, env: process.env, log: silent });
  readonly #processes: ModuleProcesses;
  readonly #requests: ModuleRequests;

  constructor() {
    this.#processes = new ModuleProcesses({
      spawn: this.#children.spawn,
      onOutcome: (id, outcome) => this.#requests.settle(id, outcome),
    });
    this.#requests = new ModuleRequests({
      call: (id, call) => this.#processes.call(id, call),
      end: (id) => this.#processes.end(id),
    });
  }

  /** Writes a script that is executable, and returns its path. */
  write(name: string, content: string | Uint8Array, mode = 0o700): string {
    const path = join(this.folder, name);
    writeFileSync(path, content);
    chmodSync(path, mode);
    return path;
  }

  /** Reads a file of the folder once, as a source would that was approved as the file is now, unless another hash is given. */
  async run(file: string, given: RunOptions = {}): Promise<Said> {
    const source = this.open(file, given);
    try {
      const first = await source.read();
      // What keeps its code loaded has numbers from the second reading on.
      return first.error === null && Object.keys(first.values).length === 0 ? await source.read() : first;
    } finally {
      source.close();
    }
  }

  /** A source that reads a file of the folder more than once. */
  open(
    file: string,
    {
      secrets = {},
      sha256,
      approvedInterpreter,
      deadlineMs = 10_000,
      signal,
      known = {},
      ...options
    }: RunOptions = {},
  ) {
    const ownInterpreter = typeof options['interpreter'] === 'string' ? options['interpreter'] : null;
    const interpreter = approvedInterpreter === undefined ? ownInterpreter : approvedInterpreter;
    const approved = sha256 === undefined ? this.#hashOf(file) : sha256;
    const collector = script.open(
      script.options.parse({ file, ...options }),
      sourceSurroundings({
        secret: secretsOf(secrets),
        scripts: {
          ...this.places,
          approval: approved === null ? null : { sha256: approved, interpreter },
          known: () => known,
        },
      }),
    );
    return {
      read: async (): Promise<Said> => {
        try {
          return said(await collector.collect(signal ?? new AbortController().signal, deadlineMs), null);
        } catch (thrown) {
          if (!(thrown instanceof PlimsollError)) throw thrown;
          return said(thrown instanceof PartialReading ? thrown.samples : [], thrown);
        }
      },
      close: () => collector.close?.(),
    };
  }

  get places(): ScriptPlaces {
    return {
      copies: join(this.data, 'scripts'),
      owner: ownerMark(this.data),
      folder: this.folder,
      openModule: this.#requests.open,
    };
  }

  /** Process numbers of what its runs have left. */
  processes(): number[] {
    return leftRuns(ownerMark(this.data));
  }

  close(): void {
    this.#children.killAll();
    for (const path of [this.data, this.folder]) rmSync(path, { recursive: true, force: true });
  }

  #hashOf(file: string): string {
    try {
      return hashOf(readFileSync(join(this.folder, file)));
    } catch {
      // What is no file has no hash, and is refused before anybody compares it.
      return '';
    }
  }
}

function said(
  samples: readonly { metric: string; labels: object; value: number }[],
  error: PlimsollError | null,
): Said {
  const values = Object.fromEntries(
    samples.map(({ metric, labels, value }) => [
      Object.keys(labels).length === 0 ? metric : `${metric}${JSON.stringify(labels)}`,
      value,
    ]),
  );
  return { values, error };
}
