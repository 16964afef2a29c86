import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { readOwner } from '../../hub/owner.ts';
import { dataDirectoryOf, dataFlag } from '../where.ts';

const answerSchema = z.object({ code: z.string(), expiresAt: z.number() });

export const link = defineCommand({
  name: 'link',
  summary: 'Prints a fresh address that signs a browser in, once, within ten minutes.',
  examples: [
    ['plimsoll link', 'when the address from the start is used up'],
    ['xdg-open "$(plimsoll link)"', 'straight into the browser'],
  ],
  operands: [],
  flags: { json: { type: 'switch', help: 'print JSON: {url, expiresAt}' }, data: dataFlag },
  async run(context, { json, data }) {
    const directory = dataDirectoryOf(context, data);
    const owner = readOwner(directory);
    if (owner?.address === null)
      throw new PlimsollError(
        'unsupported',
        'The desktop application runs there and has no port open. Open its window; under Settings it is told to receive from other machines.',
      );
    const { code, expiresAt } = answerSchema.parse(await askOwner(directory, 'POST', '/api/v1/codes'));
    if (owner === undefined)
      throw new PlimsollError('damaged', `${directory} does not say where its Plimsoll listens.`);
    const url = `${owner.address}/#code=${code}`;
    if (json) context.terminal.json({ url, expiresAt });
    else context.terminal.out(url);
    return exitCode.ok;
  },
});
