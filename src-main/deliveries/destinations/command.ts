import { resolve } from 'node:path';
import { z } from 'zod';
import { interpreterSchema, programWordsSchema } from '../../contract/program.ts';
import type { Message } from '../../contract/delivery.ts';
import { PlimsollError } from '../../contract/error.ts';
import { defineDestination } from '../destination-kind.ts';
import { recordOf } from '../record.ts';
import { headlineOf, oneLine, sentenceOf } from '../words.ts';

const options = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(4096, 'a path has at most 4096 characters')
    .refine((path) => !path.includes('\0'), 'must be a path')
    .meta({
      title: 'Program',
      description:
        'A file, relative to the folder of the settings or with its full path. It runs once its content was approved, in the window or with `plimsoll scripts approve`.',
    }),
  arguments: programWordsSchema.optional().meta({
    title: 'Arguments',
    description:
      'What it is given behind its name, one after the other, always the same. No shell reads them. The alert is in its environment and on stdin.',
    advanced: true,
    wholeLines: true,
  }),
  interpreter: interpreterSchema.optional().meta({
    title: 'Interpreter',
    description:
      'The program that runs the file, as a full path or a name in PATH. It is approved together with the file.',
    advanced: true,
  }),
  timeoutSeconds: z.number().min(0.1).max(14).default(10).meta({
    title: 'Time limit',
    unit: 'seconds',
    description: 'It is ended after this time, with all that it started, and tried again later.',
    advanced: true,
  }),
  onResolve: z
    .boolean()
    .default(true)
    .meta({ title: 'Also when it is over', description: 'Run it again when the alert resolves.' }),
});

export const command = defineDestination<z.infer<typeof options>>({
  kind: 'command',
  title: 'Command',
  description:
    'Runs a program of yours with each announced alert, once you have approved it: the record on stdin, the rest in its environment.',
  role: 'announce',
  options,
  wants: ({ onResolve }, to) => to === 'firing' || onResolve,
  open: (chosen, { directory, run, trace }) => ({
    async deliver(message, signal) {
      if (run === undefined)
        throw new PlimsollError('unsupported', 'Programs are run by a running Plimsoll only: plimsoll run.');
      const file = resolve(directory, chosen.file);
      const words = chosen.arguments ?? [];
      const env = variablesOf(message);
      trace?.(`> ${[file, ...words].map((word) => JSON.stringify(word)).join(' ')}`);
      for (const [name, value] of Object.entries(env)) trace?.(`> ${name}=${value}`);
      const { code, stdout, stderr } = await run(
        {
          ...{ file, words, env },
          interpreter: chosen.interpreter ?? null,
          input: `${JSON.stringify(recordOf(message))}\n`,
          deadlineMs: chosen.timeoutSeconds * 1000,
        },
        signal,
      );
      for (const line of [...linesOf(stdout), ...linesOf(stderr)]) trace?.(`< ${line}`);
      const said = oneLine(code === 0 ? stdout : stderr.trim() === '' ? stdout : stderr);
      const saidThat = said === '' ? '' : `: ${said}`;
      if (code === 0) return `${file} ended well${saidThat}`;
      if (code === tryLater)
        throw new PlimsollError(
          'unreachable',
          `${file} asks to be run again later (exit code 75)${saidThat}`,
          {
            retry: true,
          },
        );
      throw new PlimsollError(
        'unreadable',
        `${file} failed with exit code ${code}, so this is given up (75 would ask for another attempt)${saidThat}`,
      );
    },
  }),
});

/** EX_TEMPFAIL of sysexits.h. */
const tryLater = 75;

const tracedLines = 100;

function linesOf(text: string): string[] {
  return text.trim() === '' ? [] : text.trim().split('\n').slice(0, tracedLines).map(oneLine);
}

/** Values for shell scripts, each one line. Unknown values are left out. */
function variablesOf(message: Message): Record<string, string> {
  const { id, alert, transition, test } = message;
  const value = transition.value ?? alert.lastValue;
  const known: Record<string, string | undefined> = {
    ID: id,
    ALERT_ID: alert.id,
    EVENT: transition.to,
    REASON: transition.reason,
    SEVERITY: alert.severity,
    RULE: alert.ruleName,
    RULE_ID: alert.ruleId,
    HOST: alert.series.host,
    SOURCE: alert.series.source,
    METRIC: alert.series.metric,
    LABELS: JSON.stringify(alert.series.labels),
    VALUE: value === null ? undefined : String(value),
    THRESHOLD: alert.threshold === null ? undefined : String(alert.threshold),
    TIME: new Date(transition.at).toISOString(),
    TITLE: headlineOf(message),
    TEXT: sentenceOf(message),
    TEST: test ? '1' : undefined,
    DRILL: alert.drill === true ? '1' : undefined,
  };
  return Object.fromEntries(
    Object.entries(known).flatMap(([name, text]) =>
      text === undefined ? [] : [[`PLIMSOLL_${name}`, oneLine(text)] as const],
    ),
  );
}
