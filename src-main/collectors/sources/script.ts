import { z } from 'zod';
import { redactor } from '../../base/redact.ts';
import { interpreterSchema, programWordsSchema } from '../../contract/program.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { textOrSecretSchema } from '../../contract/secret.ts';
import type { ResolveSecret, TextOrSecret } from '../../contract/secret.ts';
import { PartialReading } from '../partial-reading.ts';
import { refuseUnlessApproved } from '../scripts/approval.ts';
import { violationMetrics } from '../scripts/collected.ts';
import { outputFormats } from '../scripts/output.ts';
import { stateMetric } from '../scripts/nagios.ts';
import { openSession } from '../scripts/open-session.ts';
import { readScript } from '../scripts/script-file.ts';
import type { Session } from '../scripts/session.ts';
import { defineSource } from '../source-kind.ts';

const settingsAtMost = 50;

const longestSeconds = 10;

const options = z.strictObject({
  file: z
    .string()
    .min(1)
    .max(4096, 'a path has at most 4096 characters')
    .refine((path) => !path.includes('\0'), 'must be a path')
    .meta({
      title: 'File',
      description:
        'A file in the folder metrics beside the settings, such as cpu_usage.py, or a full path. It runs once its content was approved.',
    }),
  format: z.enum(outputFormats).default('auto').meta({
    title: 'Output',
    description:
      'How a program’s output is read: a JSON object, a Nagios plugin’s line, Prometheus text, or one number; auto looks at it. Files .py, .js, .mjs and .ts have a function collect() instead, unless another format than auto is chosen.',
  }),
  arguments: programWordsSchema.optional().meta({
    title: 'Arguments',
    description:
      'What a program is given behind its name, one after the other, such as -w and 20%. No shell reads them.',
    advanced: true,
    wholeLines: true,
  }),
  interpreter: interpreterSchema.optional().meta({
    title: 'Interpreter',
    description:
      'The program that runs the file, as a full path or a name in PATH, such as /opt/venv/bin/python. It is approved together with the file.',
    advanced: true,
  }),
  settings: z
    .record(
      z.string().regex(/^[A-Za-z_][A-Za-z0-9_-]{0,99}$/, 'a name has letters, digits, _ and -'),
      textOrSecretSchema,
    )
    .refine((given) => Object.keys(given).length <= settingsAtMost, 'must not be more than 50 settings')
    .optional()
    .meta({
      title: 'Settings',
      description:
        'What the script is told, as texts by name: the argument of collect(settings), or PLIMSOLL_SETTING_NAME in the environment of a program.',
    }),
  timeoutSeconds: z.number().min(0.1).max(longestSeconds).optional().meta({
    title: 'Time limit',
    unit: 'seconds',
    description:
      'It is ended after this time, 10 s where nothing else is said, and never runs longer than its interval.',
    advanced: true,
  }),
});

/** The rest of the deadline is for ending processes and reporting it. */
const shareOfDeadline = 0.95;

export const script = defineSource({
  kind: 'script',
  title: 'Script',
  description:
    'Runs a file of yours and takes the numbers that it returns or prints: Python or JavaScript with collect(), or any program. Nothing runs before its content was approved, and what changes waits to be approved again.',
  intervalSeconds: 30,
  anyMetric: true,
  options,
  example: { name: 'queue', file: 'queue_length.py', settings: { queue: 'mail' } },
  metrics: {
    [violationMetrics.count]: {
      title: 'Violations',
      unit: 'count',
      help: 'How many violations its function check(metrics) found.',
    },
    [violationMetrics.each]: {
      title: 'Violation',
      unit: 'none',
      full: 2,
      labels: ['violation'],
      help: 'A violation that check(metrics) found, by its name: 1 for a warning, 2 for a critical one, 0 when it is over.',
    },
    [stateMetric]: {
      title: 'State',
      unit: 'none',
      full: 3,
      help: 'What a Nagios plugin exits with: 0 OK, 1 warning, 2 critical, 3 unknown.',
    },
  },
  open(
    {
      file,
      format,
      arguments: words = [],
      interpreter = null,
      settings = {},
      timeoutSeconds = longestSeconds,
    },
    { scripts, secret },
  ) {
    let open: { session: Session; sha256: string } | undefined;
    const close = () => {
      open?.session.close();
      open = undefined;
    };
    return {
      async collect(signal, deadlineMs = Number.POSITIVE_INFINITY) {
        if (scripts === undefined)
          throw new PlimsollError('unsupported', 'Scripts are run by a running Plimsoll only: plimsoll run.');
        const started = performance.now();
        const read = await readScript(file, scripts.folder).catch((thrown: unknown) => {
          close();
          throw thrown;
        });
        if (open !== undefined && open.sha256 !== read.sha256) close();
        refuseUnlessApproved(read, interpreter, scripts.approval);
        const { values, secrets } = await resolved(settings, secret);
        signal.throwIfAborted();
        open ??= { session: openSession(read, { format, words, interpreter }, scripts), sha256: read.sha256 };
        const left = deadlineMs * shareOfDeadline - (performance.now() - started);
        const call = { deadlineMs: Math.max(1, Math.min(timeoutSeconds * 1000, left)), signal };
        const redact = redactor(secrets);
        try {
          return (
            await open.session.read({ settings: values, metrics: scripts.known?.() ?? {} }, call)
          ).filter((sample) => isClean(sample, redact));
        } catch (thrown) {
          throw withoutSecrets(thrown, redact);
        }
      },
      close,
    };
  },
});

async function resolved(
  settings: Readonly<Record<string, TextOrSecret>>,
  secret: ResolveSecret,
): Promise<{ values: Record<string, string>; secrets: string[] }> {
  const secrets: string[] = [];
  const values: [string, string][] = [];
  for (const [name, value] of Object.entries(settings)) {
    const text = typeof value === 'string' ? value : await secret(value);
    if (typeof value !== 'string') secrets.push(text);
    values.push([name, text]);
  }
  return { values: Object.fromEntries(values), secrets };
}

/** A script may repeat its secrets in the name of a number or in an error message. */
function isClean({ metric, labels }: Measurement, redact: (text: string) => string): boolean {
  const said = JSON.stringify([metric, labels]);
  return redact(said) === said;
}

function withoutSecrets(thrown: unknown, redact: (text: string) => string): unknown {
  if (!(thrown instanceof PlimsollError)) return thrown;
  const clean = new PlimsollError(thrown.code, redact(thrown.message), { retry: thrown.retry });
  if (!(thrown instanceof PartialReading)) return clean;
  const samples = thrown.samples.filter((sample) => isClean(sample, redact));
  return new PartialReading(samples, clean);
}
