import { hostname } from 'node:os';
import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import { previewSchema } from '../../contract/trial.ts';
import type { Preview } from '../../contract/trial.ts';
import { inventedMessage } from '../../monitor/sending/invented-message.ts';
import { lastMessageIn } from '../../monitor/sending/last-message.ts';
import { previewOf } from '../../monitor/sending/preview.ts';
import { asOwner } from '../as-owner.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { askOwner } from '../owner-api.ts';
import { environmentOf } from '../settings/environment.ts';
import { readStored } from '../settings/stored.ts';
import { shown } from '../terminal.ts';
import { dataDirectoryOf, dataFlag, settingsFileOf } from '../where.ts';

const destinationSchema = z.looseObject({ name: z.string(), kind: z.string() });
const viewSchema = z.object({ settings: z.object({ destinations: z.array(destinationSchema) }) });

export const deliveriesPreview = defineCommand({
  name: 'deliveries preview',
  summary: 'Shows what a destination would say of the last alert, in its own words. Nothing is sent.',
  description:
    'Where there was no alert yet, one is invented. With --config the words are those of that file, so that they can be looked at\n' +
    'before they are in force; else those of the running Plimsoll, or of the settings file while none runs.',
  examples: [
    ['plimsoll deliveries preview chat', 'how the last alert would read there'],
    ['plimsoll deliveries preview chat --config new.yaml', 'before new words are in force'],
  ],
  operands: ['DESTINATION'],
  flags: {
    json: { type: 'switch', help: 'print JSON: {of, parts}' },
    config: { type: 'text', placeholder: 'FILE', help: 'the settings, instead of those in force' },
    data: dataFlag,
  },
  async run(context, { json, config, data }, [name = '']) {
    const { terminal, clock } = context;
    const directory = dataDirectoryOf(context, data);
    const read = () => {
      const path = settingsFileOf(context, config);
      return readStored(path, config ?? path, environmentOf(context, config)).settings;
    };
    const preview = await asOwner<Preview>(
      directory,
      async () => {
        const destinations =
          config === undefined
            ? viewSchema.parse(await askOwner(directory, 'GET', '/api/v1/settings')).settings.destinations
            : read().destinations;
        const { kind, wording, ...options } = named(destinations, name);
        const question = { ...withoutCommon(options), kind, ...(wording === undefined ? {} : { wording }) };
        return previewSchema.parse(
          await askOwner(directory, 'POST', '/api/v1/destinations/preview', question),
        );
      },
      ({ alerts }) => {
        const settings = read();
        const invent = () => inventedMessage({ host: hostname(), at: clock.now(), settings, latest: [] });
        return previewOf(named(settings.destinations, name), lastMessageIn(alerts, settings), invent);
      },
    );
    if (json) terminal.json(preview);
    else for (const line of linesOf(preview)) terminal.out(line);
    return exitCode.ok;
  },
});

/** The server needs only what the text depends on, and is sent nothing else. */
function withoutCommon({
  name: _name,
  enabled: _enabled,
  route: _route,
  ...options
}: Record<string, unknown>): Record<string, unknown> {
  return options;
}

function named<Destination extends { name: string }>(
  destinations: readonly Destination[],
  name: string,
): Destination {
  const found = destinations.find((destination) => destination.name === name);
  if (found !== undefined) return found;
  const names = destinations.map((destination) => destination.name);
  const there = names.length === 0 ? 'There is none at all.' : `There are: ${names.join(', ')}.`;
  throw new PlimsollError('not_found', `There is no destination ${name}. ${there}`);
}

function linesOf({ of, parts }: Preview): string[] {
  const about =
    of === null
      ? 'Of an alert that is invented, for there was none yet:'
      : `Of the alert ${shown(of.ruleName)} on ${shown(of.host)}, which fired ${new Date(of.firedAt).toISOString()}:`;
  return [about, ...parts.flatMap(({ text }) => ['', ...text.split('\n').map((line) => shown(line))])];
}
