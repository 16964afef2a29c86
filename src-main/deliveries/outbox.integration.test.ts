import { randomUUID } from 'node:crypto';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../base/clock.ts';
import { carriedMessage } from '../testing/carried-message.ts';
import { secretsOf } from '../testing/surroundings.ts';
import { silentLog } from '../base/log.ts';
import { MemoryOutboxStore } from '../testing/memory-outbox-store.ts';
import { destinationKind } from './destination-kinds.ts';
import { Outbox } from './outbox.ts';
import { recordOf } from './record.ts';

let directory: string;
let store: MemoryOutboxStore;
let outbox: Outbox;
/** Checked after every change; calls back once nothing is queued any more. */
let onEmpty: (() => void) | undefined;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'outbox-'));
  store = new MemoryOutboxStore();
  outbox = newOutbox();
});
afterEach(async () => {
  await outbox.stop();
  rmSync(directory, { recursive: true });
});

function newOutbox(): Outbox {
  return new Outbox({
    store,
    clock: systemClock,
    log: silentLog,
    directory,
    secret: secretsOf(),
    newId: () => randomUUID(),
    findKind: destinationKind,
    onChange: () => {
      if (store.books().queued === 0) onEmpty?.();
    },
  });
}

async function emptied(start: () => void): Promise<void> {
  await new Promise<void>((resolve) => {
    onEmpty = resolve;
    start();
  });
}

const good = {
  name: 'good',
  kind: 'file',
  enabled: true,
  directory: 'good',
  formats: ['json'],
  maxFiles: 1000,
};
const bad = { name: 'bad', kind: 'file', enabled: true, directory: 'bad/inside' };
const first = Date.UTC(2026, 0, 5, 12);

describe('Outbox with real files', () => {
  it('writes every delivery once, while another destination fails, and writes none again after a crash', async () => {
    writeFileSync(join(directory, 'bad'), 'a file where a directory should be');
    for (let index = 0; index < 40; index++) {
      store.add('good', `good-${String(index).padStart(4, '0')}`, first + index);
      store.add('bad', `bad-${String(index).padStart(5, '0')}`, first + index);
    }
    await emptied(() => outbox.configure([good, bad]));
    expect(store.books()).toEqual({ sent: 40, failed: 40, queued: 0 });
    expect(store.get('bad-00000').error).toContain(join(directory, 'bad'));

    const files = () => readdirSync(join(directory, 'good')).sort();
    const before = files();
    expect(before).toHaveLength(40);
    for (const queued of store.rows.values()) {
      const { delivery } = queued;
      if (delivery.destination === 'bad') continue;
      const name = before.find((file) => delivery.receipt?.includes(file)) ?? 'none';
      expect(JSON.parse(readFileSync(join(directory, 'good', name), 'utf8'))).toEqual(
        recordOf(carriedMessage(queued)),
      );
    }

    // As after a kill between writing and marking: the store still has them queued.
    await outbox.stop();
    for (const row of store.rows.values()) row.delivery = { ...row.delivery, state: 'queued' };
    outbox = newOutbox();
    await emptied(() => outbox.configure([good, bad]));
    expect([files(), store.books().sent]).toEqual([before, 40]);
    expect(store.get('good-0000').receipt).toContain('was there already');
  });
});
