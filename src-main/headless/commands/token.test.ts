import { afterEach, beforeEach, expect, it } from 'vitest';
import { Program } from '../../testing/program.ts';

let program: Program;
beforeEach(() => (program = new Program()));
afterEach(() => program.close());

const run = (...words: string[]) => program.run(['token', ...words, '--data', program.data]);
const listed = async () =>
  (JSON.parse((await run('list', '--json')).out) as { tokens: Record<string, unknown>[] }).tokens;
const day = 86_400_000;

it('makes tokens that are bound to a host and expire, and says so in the list', async () => {
  const before = Date.now();
  const made = await run('create', 'web-1', '--scope', 'ingest', '--host', 'web-1', '--expires', '30d');
  expect(made.out).toMatch(/^plim_[\w-]{43}\n$/);
  await run('create', 'audit', '--scope', 'read', '--expires', '2099-01-31T12:00+01:00');
  const [web, audit] = await listed();
  expect(web).toMatchObject({ name: 'web-1', scope: 'ingest', host: 'web-1', lastUsedAt: null });
  expect(Number(web?.['expiresAt']) - before - 30 * day).toBeLessThan(10_000);
  expect(audit).toMatchObject({ host: null, expiresAt: Date.UTC(2099, 0, 31, 11) });
  expect((await run('list')).out).toMatch(/web-1 +ingest +web-1/);
});

it('gives programs token and id, of one that is made and of one that is rotated', async () => {
  const made = JSON.parse((await run('create', 'ci', '--scope', 'read', '--json')).out) as { id: string };
  const rotated: unknown = JSON.parse((await run('rotate', made.id, '--json')).out);
  const form = { token: expect.stringMatching(/^plim_/) as string, id: expect.any(String) as string };
  expect([made, rotated]).toEqual([form, form]);
  expect((await listed()).map(({ id }) => id)).toContain(made.id);
});

it.each(['0d', '-1d', 'tomorrow', '2020-01-01T00:00Z', '2099-01-01', '2099-01-01T00:00'])(
  'does not take %s for a time that lies ahead',
  async (when) => {
    expect(await run('create', 'x', '--scope', 'read', '--expires', when)).toMatchObject({
      code: 2,
      out: '',
    });
    expect(await listed()).toEqual([]);
  },
);

it('rotates with an overlap, of a day where nobody says it', async () => {
  await run('create', 'web-1', '--scope', 'ingest', '--host', 'web-1');
  const [old] = await listed();
  const before = Date.now();
  const { out } = await run('rotate', String(old?.['id']));
  expect(out).toMatch(/^plim_[\w-]{43}\n$/);
  const [left, fresh] = await listed();
  expect(Number(left?.['expiresAt']) - before - day).toBeLessThan(10_000);
  expect(fresh).toMatchObject({ name: 'web-1', scope: 'ingest', host: 'web-1', expiresAt: null });
  await run('rotate', String(fresh?.['id']), '--overlap', '0');
  expect(Number((await listed())[1]?.['expiresAt'])).toBeLessThanOrEqual(Date.now());
  expect(await run('rotate', 'nobody')).toMatchObject({ code: 1, out: '' });
});
