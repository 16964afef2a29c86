import { z } from 'zod';
import { Access } from '../../api/access.ts';
import { nameSchema } from '../../contract/fields.ts';
import { PlimsollError } from '../../contract/error.ts';
import { scopeSchema, scopes, tokenViewSchema } from '../../contract/token.ts';
import { usage } from '../arguments.ts';
import { asOwner } from '../as-owner.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const createdSchema = z.object({ token: z.string(), id: z.string() });

export const tokenCreate = defineCommand({
  name: 'token create',
  summary: 'Makes a token for a program that uses the API. It is shown only now.',
  description: 'The token is the last word printed; everything else is on stderr.',
  examples: [
    ['plimsoll token create backup --scope read', 'for a script that reads'],
    ['TOKEN=$(plimsoll token create ci --scope admin)', 'into a variable'],
    ['plimsoll token create web-1 --scope ingest --host web-1', 'for one machine that sends to this hub'],
    ['plimsoll token create audit --scope read --expires 30d', 'good for thirty days'],
  ],
  operands: ['NAME'],
  flags: {
    scope: { type: 'text', placeholder: 'SCOPE', help: 'what it allows', oneOf: scopes, required: true },
    host: { type: 'text', placeholder: 'HOST', help: 'the one host whose samples it may send' },
    expires: {
      type: 'text',
      placeholder: 'WHEN',
      help: 'after 30d, 12h or 30m, or at a time such as 2027-01-31T12:00Z',
    },
    json: { type: 'switch', help: 'print JSON: {token, id}' },
    data: dataFlag,
  },
  async run(context, flags, [given = '']) {
    const name = checkedName(given);
    const scope = scopeSchema.parse(flags.scope);
    const host = flags.host === undefined ? null : checkedName(flags.host);
    const expiresAt = flags.expires === undefined ? null : expiryOf(flags.expires, context.clock.now());
    const directory = dataDirectoryOf(context, flags.data);
    const asked = { name, scope, host, expiresAt };
    const made = await asOwner(
      directory,
      async () => createdSchema.parse(await askOwner(directory, 'POST', '/api/v1/tokens', asked)),
      (state) => {
        const access = new Access(state.access, context.clock);
        const { token, view } = access.createToken(name, scope, { host, expiresAt });
        return { token, id: view.id };
      },
    );
    context.terminal.error(`Token ${name} (${scope}), id ${made.id}. Keep it: it is not shown again.`);
    if (flags.json) context.terminal.json(made);
    else context.terminal.out(made.token);
    return exitCode.ok;
  },
});

export const tokenList = defineCommand({
  name: 'token list',
  summary: 'Lists the tokens: id, name, scope, host, when made, last used and over.',
  examples: [
    ['plimsoll token list', 'for people'],
    ['plimsoll token list --json', 'for programs'],
  ],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON' }, data: dataFlag },
  async run(context, { json, data }) {
    const directory = dataDirectoryOf(context, data);
    const tokens = await asOwner(
      directory,
      async () => z.array(tokenViewSchema).parse(await askOwner(directory, 'GET', '/api/v1/tokens')),
      (state) => new Access(state.access, context.clock).tokens(),
    );
    const day = (at: number) => new Date(at).toISOString();
    const rows = tokens.map(({ id, name, scope, host, createdAt, lastUsedAt, expiresAt, useBy }) => [
      id,
      shown(name),
      scope,
      host === null ? 'any' : shown(host),
      day(createdAt),
      lastUsedAt === null ? 'never' : day(lastUsedAt),
      expiresAt === null
        ? useBy === null || lastUsedAt !== null
          ? 'never'
          : `${day(useBy)} unless used`
        : day(expiresAt),
    ]);
    if (json) context.terminal.json({ tokens });
    else if (rows.length === 0) context.terminal.out('There is no token.');
    else
      for (const line of columns([['ID', 'NAME', 'SCOPE', 'HOST', 'MADE', 'LAST USED', 'EXPIRES'], ...rows]))
        context.terminal.out(line);
    return exitCode.ok;
  },
});

export const tokenRotate = defineCommand({
  name: 'token rotate',
  summary: 'Makes a token in the place of another one, which stays good for a while.',
  description: 'The new token is the last word printed; everything else is on stderr.',
  examples: [
    ['plimsoll token rotate 3f2c…', 'the id is in: plimsoll token list'],
    ['plimsoll token rotate 3f2c… --overlap 0', 'the old one is over at once'],
  ],
  operands: ['ID'],
  flags: {
    overlap: {
      type: 'integer',
      placeholder: 'HOURS',
      help: 'for how many hours the old one stays good (24)',
      min: 0,
      max: 720,
    },
    json: { type: 'switch', help: 'print JSON: {token, id}' },
    data: dataFlag,
  },
  async run(context, { overlap = 24, json, data }, [id = '']) {
    const directory = dataDirectoryOf(context, data);
    const path = `/api/v1/tokens/${encodeURIComponent(id)}/rotate`;
    const made = await asOwner(
      directory,
      async () =>
        createdSchema.parse(await askOwner(directory, 'POST', path, { overlapSeconds: overlap * 3600 })),
      (state) => {
        const rotated = new Access(state.access, context.clock).rotateToken(id, overlap * 3_600_000);
        if (rotated === undefined)
          throw new PlimsollError('not_found', `there is no token with the id ${JSON.stringify(id)}`);
        return { token: rotated.token, id: rotated.view.id };
      },
    );
    context.terminal.error(
      `New id ${made.id}. The old token is ${overlap === 0 ? 'over' : `good for ${overlap} h more`}. Keep the new one: it is not shown again.`,
    );
    if (json) context.terminal.json(made);
    else context.terminal.out(made.token);
    return exitCode.ok;
  },
});

export const tokenRevoke = defineCommand({
  name: 'token revoke',
  summary: 'Revokes a token at once.',
  examples: [['plimsoll token revoke 3f2c…', 'the id is in: plimsoll token list']],
  operands: ['ID'],
  flags: { data: dataFlag },
  async run(context, { data }, [id = '']) {
    const directory = dataDirectoryOf(context, data);
    await asOwner(
      directory,
      () => askOwner(directory, 'DELETE', `/api/v1/tokens/${encodeURIComponent(id)}`),
      (state) => {
        const access = new Access(state.access, context.clock);
        if (!access.removeToken(id))
          throw new PlimsollError('not_found', `there is no token with the id ${JSON.stringify(id)}`);
      },
    );
    context.terminal.error('The token is revoked.');
    return exitCode.ok;
  },
});

function checkedName(given: string): string {
  const name = nameSchema.safeParse(given);
  if (name.success) return name.data;
  throw usage(`${shown(given)} cannot be a name: ${name.error.issues[0]?.message ?? ''}.`);
}

const unitMs: Readonly<Record<string, number>> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** When a token expires: after a duration, or at a time. */
function expiryOf(text: string, now: number): number {
  const [, count, unit = ''] = /^([1-9]\d{0,4})([mhd])$/.exec(text) ?? [];
  const at = count === undefined ? timeIn(text) : now + Number(count) * (unitMs[unit] ?? NaN);
  if (at > now) return at;
  throw usage(
    `--expires ${shown(text)} is no time that lies ahead. Write 30d, 12h or 30m, or a time such as 2027-01-31T12:00Z.`,
  );
}

/** NaN if it is not a time with a zone. */
function timeIn(text: string): number {
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : NaN;
}
