import type { HostRow, HostStore, SharedStore, Untold } from './host-store.ts';
import { bodyOf } from './state-file.ts';
import type { StateFile } from './state-file.ts';

/** Hosts that have sent, their owners' decisions, and decisions that other hubs were not told yet. */
export class HostTables implements HostStore, SharedStore {
  readonly #file: StateFile;

  constructor(file: StateFile) {
    this.#file = file;
  }

  hosts(): HostRow[] {
    return this.#file
      .all('SELECT body FROM host WHERE json_valid(body) ORDER BY name')
      .map(bodyOf) as HostRow[];
  }

  putHosts(rows: readonly HostRow[]): void {
    this.#file.transaction(() => {
      for (const row of rows)
        this.#file.run(
          'INSERT OR REPLACE INTO host (name, body) VALUES (?, ?)',
          row.host,
          JSON.stringify(row),
        );
    });
  }

  removeHost(host: string): void {
    this.#file.transaction(() => this.#removeHost(host));
  }

  #removeHost(host: string): void {
    this.#file.run('DELETE FROM host WHERE name = ?', host);
    this.#file.run('DELETE FROM host_tags WHERE name = ?', host);
    this.#file.run("DELETE FROM untold WHERE kind = 'tags' AND host = ?", host);
  }

  hostTags(): Map<string, string[]> {
    const rows = this.#file.all('SELECT name, body FROM host_tags WHERE json_valid(body)');
    return new Map(rows.map((row) => [String(row['name']), bodyOf(row) as string[]]));
  }

  putHostTags(host: string, tags: readonly string[]): void {
    this.#file.transaction(() => this.#putHostTags(host, tags));
  }

  /** Replaces an earlier decision that was not told yet. */
  #putHostTags(host: string, tags: readonly string[]): void {
    this.#file.run("DELETE FROM untold WHERE kind = 'tags' AND host = ?", host);
    if (tags.length === 0) this.#file.run('DELETE FROM host_tags WHERE name = ?', host);
    else
      this.#file.run(
        'INSERT OR REPLACE INTO host_tags (name, body) VALUES (?, ?)',
        host,
        JSON.stringify(tags),
      );
  }

  untold(): Untold[] {
    return this.#file
      .all('SELECT body FROM untold WHERE json_valid(body) ORDER BY kind, host')
      .map(bodyOf) as Untold[];
  }

  decide(decided: Untold): void {
    const { host } = decided;
    this.#file.transaction(() => {
      if ('tags' in decided) this.#putHostTags(host, decided.tags);
      else this.#removeHost(host);
      this.#file.run(
        'INSERT OR REPLACE INTO untold (kind, host, body) VALUES (?, ?, ?)',
        untoldKind(decided),
        host,
        JSON.stringify(decided),
      );
    });
  }

  told(decided: Untold): void {
    const key = [untoldKind(decided), decided.host, JSON.stringify(decided)];
    this.#file.run('DELETE FROM untold WHERE kind = ? AND host = ? AND body = ?', ...key);
  }

  sharedUntil(): number | null {
    const [row] = this.#file.all("SELECT value FROM fact WHERE name = 'shared-until'");
    return row === undefined ? null : Number(row['value']);
  }

  putSharedUntil(at: number): void {
    this.#file.run("INSERT OR REPLACE INTO fact (name, value) VALUES ('shared-until', ?)", String(at));
  }
}

function untoldKind(decided: Untold): 'tags' | 'removed' {
  return 'tags' in decided ? 'tags' : 'removed';
}
