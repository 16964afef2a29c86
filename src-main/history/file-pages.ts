import type { DatabaseSync } from 'node:sqlite';

/** Free pages that are given back to the system in one go: a few milliseconds. */
const pagesAtOnce = 256;

/** The pages of the file, and of the log beside it. Methods throw what SQLite throws. */
export class FilePages {
  readonly #sql: ReturnType<typeof statements>;
  readonly #db: DatabaseSync;
  readonly #pageBytes: number;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#sql = statements(db);
    this.#pageBytes = Number(this.#sql.pageBytes.get()?.['page_size']);
  }

  /** What the file holds, without pages that are free. */
  usedBytes(): number {
    return (this.#count() - this.#free()) * this.#pageBytes;
  }

  /**
   * Gives some free pages back to the system, where there are many of them or the file is larger than it may be. Returns whether
   * there may be more. A file that an older version began keeps its pages, and uses them again.
   */
  giveBack(mostBytes: number): boolean {
    const [free, pages] = [this.#free(), this.#count()];
    if (Number(this.#sql.givesBack.get()?.['auto_vacuum']) === 0 || free === 0) return false;
    if (pages * this.#pageBytes <= mostBytes && free < Math.max(pagesAtOnce, pages / 4)) return false;
    this.#db.exec(`PRAGMA incremental_vacuum(${pagesAtOnce})`);
    return true;
  }

  /** Writes what is in the log into the file, and takes its room from it. */
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
