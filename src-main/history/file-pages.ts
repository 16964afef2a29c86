import type { DatabaseSync } from 'node:sqlite';

/** How many free pages are returned to the system at once: a few milliseconds. */
const pagesAtOnce = 256;

/** The pages of the file, and of its log. Methods throw SQLite's errors. */
export class FilePages {
  readonly #sql: ReturnType<typeof statements>;
  readonly #db: DatabaseSync;
  readonly #pageBytes: number;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = statements(db);
    this.#pageBytes = Number(this.#sql.pageBytes.get()?.['page_size']);
  }

  /** The size of the file's content, without free pages. */
  usedBytes(): number {
    return (this.#count() - this.#free()) * this.#pageBytes;
  }

  /**
   * Returns some free pages to the system if there are many or the file is larger than allowed. Returns whether there
   * may be more. A file created by an older version keeps its free pages and reuses them.
   */
  giveBack(mostBytes: number): boolean {
    const [free, pages] = [this.#free(), this.#count()];
    if (Number(this.#sql.givesBack.get()?.['auto_vacuum']) === 0 || free === 0) return false;
    if (pages * this.#pageBytes <= mostBytes && free < Math.max(pagesAtOnce, pages / 4)) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    return true;
  }

  /** Writes the log into the file and truncates it. */
  emptyLog(): void {
    this.#sql.emptyLog.get();
  }

  #count(): number {
    return Number(this.#sql.pages.get()?.['page_count']);
  }

  #free(): number {
    return Number(this.#sql.freePages.get()?.['freelist_count']);
  }
}

function statements(db: DatabaseSync) {
  return {
    emptyLog: db.prepare('PRAGMA wal_checkpoint(TRUNCATE)'),
    freePages: db.prepare('PRAGMA freelist_count'),
    pages: db.prepare('PRAGMA page_count'),
    pageBytes: db.prepare('PRAGMA page_size'),
    givesBack: db.prepare('PRAGMA auto_vacuum'),
  };
}
