import type { ErrorCode } from '../contract/error.ts';
import { PlimsollError, messageOf, systemCodeOf } from '../contract/error.ts';

interface Meaning {
  code: ErrorCode;
  retry: boolean;
  says: string;
}

const damaged: Meaning = { code: 'damaged', retry: false, says: 'is damaged' };
const inUse: Meaning = {
  code: 'already_running',
  retry: true,
  says: 'is in use by another process: end the other Plimsoll, or give this one its own directory',
};
const forbidden: Meaning = {
  code: 'no_permission',
  retry: false,
  says: 'cannot be written: give the user that runs Plimsoll the right to, or choose another directory',
};

/** Primary result codes, https://sqlite.org/rescode.html. */
const meanings: Record<number, Meaning> = {
  3: forbidden,
  5: inUse,
  6: inUse,
  7: { code: 'internal', retry: true, says: 'needs more memory than there is' },
  8: forbidden,
  10: {
    code: 'unreachable',
    retry: true,
    says: 'cannot be reached: check the drive, its cable or its network',
  },
  11: damaged,
  13: {
    code: 'disk_full',
    retry: true,
    says: 'cannot grow, because the disk or its quota is full: make room, or choose another directory',
  },
  14: {
    code: 'unreadable',
    retry: true,
    says: 'cannot be opened: check its directory, and how many files are open',
  },
  15: inUse,
  23: forbidden,
  26: damaged,
};

/** SQLITE_IOERR_LOCK: how a read-only connection sees the exclusive lock of an owner. */
const ioerrLock = 3850;

function meaningOf(thrown: unknown): Meaning | undefined {
  // Nobody stores such a number: only a damaged row contains an integer beyond 2^53.
  if (systemCodeOf(thrown) === 'ERR_OUT_OF_RANGE') return damaged;
  if (typeof thrown !== 'object' || thrown === null || !('errcode' in thrown)) return undefined;
  if (thrown.errcode === ioerrLock) return inUse;
  return typeof thrown.errcode === 'number' ? meanings[thrown.errcode & 0xff] : undefined;
}

/**
 * Turns SQLite's error about the file at `path` into a `PlimsollError`: `damaged`, `no_permission`, `internal`, and
 * with retry `disk_full`, `already_running`, `unreachable`, `unreadable`. A `PlimsollError` is returned unchanged.
 */
export function sqliteError(path: string, thrown: unknown): PlimsollError {
  if (thrown instanceof PlimsollError) return thrown;
  const { code, retry, says } = meaningOf(thrown) ?? {
    code: 'internal',
    retry: false,
    says: 'could not be used',
  };
  return new PlimsollError(code, `The history in ${path} ${says} (${messageOf(thrown)}).`, {
    retry,
    cause: thrown,
  });
}
