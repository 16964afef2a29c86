import { z } from 'zod';
import { Access } from '../../api/access.ts';
import { nameSchema } from '../../contract/fields.ts';
import { PlimsollError } from '../../contract/error.ts';
import { usage } from '../arguments.ts';
import { asOwner } from '../as-owner.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { columns, shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const scopes = ['ingest', 'read', 'admin'] as const;
const scopeSchema = z.enum(scopes);
const viewSchema = z.object({
  id: z.string(),
  name: z.string(),
  scope: scopeSchema,
  createdAt: z.number(),
  lastUsedAt: z.number().nullable(),
});
const createdSchema = z.object({ token: z.string(), id: z.string() });

export const tokenCreate = defineCommand({
  name: 'token create',
  summary: 'Makes a token for a program that uses the API. It is shown only now.',
  description: 'The token is the last word printed; everything else is on stderr.',
  examples: [
    ['plimsoll token create backup --scope read', 'for a script that reads'],
    ['TOKEN=$(plimsoll token create ci --scope admin)', 'into a variable'],
  ],
  operands: ['NAME'],
  flags: {
    scope: { type: 'text', placeholder: 'SCOPE', help: 'what it allows', oneOf: scopes, required: true },
    data: dataFlag,
  },
  async run(context, flags, [given = '']) {
    const name = nameSchema.safeParse(given);
    if (!name.success)
      throw usage(`${shown(given)} can not be a name: ${name.error.issues[0]?.message ?? ''}.`);
    const scope = scopeSchema.parse(flags.scope);
    const directory = dataDirectoryOf(context, flags.data);
    const made = await asOwner(
      directory,
      async () =>
        createdSchema.parse(await askOwner(directory, 'POST', '/api/v1/tokens', { name: name.data, scope })),
      (state) => {
        const access = new Access(state, context.clock);
        const { token, view } = access.createToken(name.data, scope);
        return { token, id: view.id };
      },
    );
    context.terminal.error(`Token ${name.data} (${scope}), id ${made.id}. Keep it: it is not shown again.`);
    context.terminal.out(made.token);
    return exitCode.ok;
  },
});

export const tokenList = defineCommand({
  name: 'token list',
  summary: 'Lists the tokens: id, name, scope, when made, when last used.',
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
      async () => z.array(viewSchema).parse(await askOwner(directory, 'GET', '/api/v1/tokens')),
      (state) => new Access(state, context.clock).tokens(),
    );
    const day = (at: number) => new Date(at).toISOString();
    const rows = tokens.map(({ id, name, scope, createdAt, lastUsedAt }) => [
      id,
      shown(name),
      scope,
      day(createdAt),
      lastUsedAt === null ? 'never' : day(lastUsedAt),
    ]);
    if (json) context.terminal.out(JSON.stringify({ tokens }));
    else if (rows.length === 0) context.terminal.out('There is no token.');
    else
      for (const line of columns([['ID', 'NAME', 'SCOPE', 'MADE', 'LAST USED'], ...rows]))
        context.terminal.out(line);
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
        const access = new Access(state, context.clock);
        if (!access.removeToken(id))
          throw new PlimsollError('not_found', `there is no token with the id ${JSON.stringify(id)}`);
      },
    );
    context.terminal.error('The token is revoked.');
    return exitCode.ok;
  },
});
