import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Alert } from '../../contract/alert.ts';
import type { Delivery } from '../../contract/delivery.ts';
import { Database } from '../../history/postgres/database.ts';
import { prepareSchema } from '../../history/postgres/schema.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { PostgresServer, noPostgres } from '../../testing/postgres.ts';
import type { PostgresAccess } from '../../testing/postgres.ts';
import { StateFolder } from '../../testing/state-folder.ts';
import { noChange } from '../judging/track.ts';
import type { State } from '../state/state.ts';
import { EvaluationStore } from './evaluation-store.ts';
import { Mirror } from './mirror.ts';

const dayMs = 86_400_000;

describe.skipIf(noPostgres !== undefined)(
  `what hubs tell each other${noPostgres === undefined ? '' : ` (${noPostgres})`}`,
  () => {
    let server: PostgresServer;
    let access: PostgresAccess;
    let folder: StateFolder;
    let state: State;
    let store: EvaluationStore;
    let now: number;
    /** Each call of `show`, as how many alerts and whether they are old; what is `null` is the end of them. */
    let shown: ([number, boolean] | null)[];
    let removed: string[];

    beforeAll(async () => {
      server = await PostgresServer.start(['fsync=off']);
    });
    afterAll(() => server.close());
    beforeEach(async () => {
      access = await server.database();
      ({ state } = folder = new StateFolder());
      now = Date.now();
      [shown, removed] = [[], []];
      const ignore = () => undefined;
      store = await EvaluationStore.open(access, ignore, ignore);
    });
    afterEach(async () => {
      await store.end();
      folder.remove();
    });

    function mirror(): Mirror {
      return new Mirror({
        now: () => now,
        isMine: () => false,
        show: (alerts, isOld) => shown.push([alerts.length, isOld]),
        caughtUp: () => shown.push(null),
        tag: (host, tags) => state.hosts.putHostTags(host, tags),
        remove: (host) => removed.push(host),
        failed: (thrown) => {
          throw thrown;
        },
        tags: () => state.hosts.hostTags(),
        store: state.hosts,
      });
    }
    function alert(id: string, resolvedAt: number | null): Alert {
      const { alert: example } = exampleMessage({});
      const over = resolvedAt === null ? {} : { state: 'resolved' as const, resolvedAt, recoveryOwed: false };
      return { ...example, id, ...over, series: { ...example.series, host: 'web-1' } };
    }
    const rows = (kind: string) =>
      server.sql(
        `SELECT key, body FROM plimsoll.evaluation WHERE kind = '${kind}' ORDER BY key`,
        access.name,
      );

    test('hubs that begin at once with a database that is new make its tables once, whoever comes first', async () => {
      const fresh = await server.database();
      const ignore = () => undefined;
      const history = new Database(fresh);
      const [first, second] = await Promise.all([
        EvaluationStore.open(fresh, ignore, ignore),
        EvaluationStore.open(fresh, ignore, ignore),
        prepareSchema(history),
      ]);
      await first.putTags('web-1', ['edge']);
      expect((await second.shared()).map(({ key, body }) => [key, body])).toEqual([['web-1', ['edge']]]);
      await Promise.all([first.end(), second.end(), history.close()]);
    });

    test('who was told of an alert is known while it is open, and records of further violations are forgotten', async () => {
      const message = exampleMessage({});
      const told = (id: string, transition: 'firing' | 'violation'): Delivery => ({
        ...{ id, destination: 'files', alertId: message.alert.id, transition, state: 'queued' },
        ...{ attempts: 0, createdAt: now, nextAt: now, finishedAt: null, receipt: null, error: null },
        ...{ messageId: null, together: 1 },
      });
      const deliveries = [told('first', 'firing'), told('second', 'violation')];
      await store.write({
        ...{ ...noChange, alerts: [message.alert] },
        deliveries: deliveries.map((delivery) => ({ delivery, message })),
      });
      await store.mark(deliveries.map((delivery) => ({ ...delivery, state: 'sent', finishedAt: now })));
      expect(await rows('delivery')).toMatchObject([{ key: 'first' }]);
    });

    test('what was decided while the database was away is told after a restart, and what others say meanwhile is older', async () => {
      await store.putTags('web-1', ['old']);
      await store.putTags('web-2', ['old']);
      state.hosts.decide({ host: 'web-1', tags: ['new'] });
      state.hosts.decide({ host: 'web-2', tags: ['spare'] });
      state.hosts.decide({ host: 'web-2', removedAt: now });
      state = folder.reopen();
      expect(state.hosts.untold()).toEqual([
        { host: 'web-2', removedAt: now },
        { host: 'web-1', tags: ['new'] },
      ]);
      const restarted = mirror();
      restarted.hear(await store.shared());
      expect([...state.hosts.hostTags()]).toEqual([['web-1', ['new']]]);
      await restarted.catchUp(store);
      expect(state.hosts.untold()).toEqual([]);
      expect(await rows('tags')).toEqual([{ key: 'web-1', body: '["new"]' }]);
      expect(await rows('gone')).toEqual([{ key: 'web-2', body: String(now) }]);
    });

    test('what is decided again while it is being told is told again', () => {
      state.hosts.decide({ host: 'web-1', tags: ['first'] });
      const [first] = state.hosts.untold();
      state.hosts.decide({ host: 'web-1', tags: ['second'] });
      if (first !== undefined) state.hosts.told(first);
      expect(state.hosts.untold()).toEqual([{ host: 'web-1', tags: ['second'] }]);
    });

    test('a month of alerts that are over comes in parts, and the next time only what ended since', async () => {
      const over = Array.from({ length: 1200 }, (_, index) => alert(`a${index}`, now - index * 61_000));
      await store.write({ ...noChange, alerts: [...over, alert('open', null)] });
      const first = mirror();
      await first.catchUp(store);
      expect(shown).toEqual([[1, false], [500, true], [500, true], [200, true], null]);
      expect(first.firing().map(({ id }) => id)).toEqual(['open']);
      shown = [];
      now += 3_600_000;
      await store.write({ ...noChange, alerts: [alert('later', now)] });
      // As after a restart.
      await mirror().catchUp(store);
      expect(shown).toEqual([[1, false], [2, true], null]);
    });

    test('what ended or was removed more than a month ago is forgotten', async () => {
      await store.write({ ...noChange, alerts: [alert('old', now - 32 * dayMs), alert('new', now)] });
      await store.removeHost('old', now - 32 * dayMs);
      await store.removeHost('new', now - 30 * dayMs);
      await store.putTags('12', ['x']);
      await store.forget(now);
      expect((await rows('past')).map(({ body }) => (JSON.parse(String(body)) as Alert).id)).toEqual(['new']);
      expect((await rows('gone')).map(({ key }) => key)).toEqual(['new']);
      expect(await rows('tags')).toHaveLength(1);
    });
  },
);
