/** Writes `docs/reference/` from the schemas: `npm run docs`. With `--check` it only says whether that is up to date. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { sourceKind } from '../src-main/collectors/source-kinds.ts';
import { describeKinds } from '../src-main/monitor/kinds.ts';

interface Field {
  type?: string;
  title?: string;
  description?: string;
  default?: unknown;
  const?: unknown;
  enum?: unknown[];
  items?: Field;
  anyOf?: Field[];
  additionalProperties?: Field | boolean;
  minimum?: number;
  maximum?: number;
  unit?: string;
  secret?: boolean;
}
interface Form {
  properties?: Record<string, Field>;
  required?: string[];
}

const { sources, destinations, rule, monitoring, listen, hub, database, downtime, reports, own } =
  describeKinds();
const common = new Set(['name', 'enabled', 'kind', 'intervalSeconds']);

/** Text in a cell of a Markdown table. */
const cell = (text: string) => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function typeOf(field: Field): string {
  if (field.secret === true) return '[reference to a secret](settings.md#secrets)';
  if (field.anyOf !== undefined)
    return field.anyOf
      .map(typeOf)
      .filter((type, index, all) => all.indexOf(type) === index)
      .join(' or ');
  if (field.type === 'object' && typeof field.additionalProperties === 'object')
    return `names and values, each ${typeOf(field.additionalProperties)}`;
  if (field.enum !== undefined) return field.enum.map((value) => `\`${String(value)}\``).join(', ');
  if (field.type === 'array') return `list of ${field.items === undefined ? 'values' : typeOf(field.items)}`;
  const names: Record<string, string> = {
    integer: 'whole number',
    boolean: '`true`, `false`',
    string: 'text',
  };
  const bounds = [field.minimum, field.maximum].some(
    (bound) => bound !== undefined && Math.abs(bound) < 2 ** 53 - 1,
  )
    ? ` ${field.minimum ?? '…'} to ${field.maximum ?? '…'}`
    : '';
  return `${names[field.type ?? ''] ?? field.type ?? 'value'}${bounds}${field.unit === undefined ? '' : `, ${field.unit}`}`;
}

function table(form: Form, without: ReadonlySet<string> = new Set()): string {
  const rows = Object.entries(form.properties ?? {}).filter(([key]) => !without.has(key));
  if (rows.length === 0) return 'No options of its own.\n';
  const lines = rows.map(([key, field]) => {
    const standard =
      field.default === undefined
        ? form.required?.includes(key)
          ? 'required'
          : ''
        : `\`${JSON.stringify(field.default)}\``;
    const help = [field.title, field.description].filter((text) => text !== undefined).join('. ');
    return `| \`${key}\` | ${cell(typeOf(field))} | ${standard} | ${cell(help)} |`;
  });
  return `| key | value | default | meaning |\n|---|---|---|---|\n${lines.join('\n')}\n`;
}

function metricsTable(metrics: (typeof sources)[number]['metrics']): string {
  const lines = Object.entries(metrics).map(
    ([name, { unit, labels = [], help }]) =>
      `| \`${[name, ...labels.map((label) => `{${label}}`)].join(' ')}\` | ${unit.replaceAll('_', ' ')} | ${cell(help)} |`,
  );
  return `| metric | unit | meaning |\n|---|---|---|\n${lines.join('\n')}\n`;
}

/** A source of a kind, as it stands in `plimsoll.yaml`. */
function exampleOf(kind: string): string {
  const { name = kind, ...options } = sourceKind(kind)?.example ?? {};
  return `\`\`\`yaml\n${stringify({ sources: [{ name, kind, ...options }] })}\`\`\`\n`;
}

const head = (title: string) =>
  `# ${title}\n\nWritten from the schemas by \`npm run docs\`; a test keeps it up to date.\n\n`;

const settingsIntroduction = `\`plimsoll.yaml\` has \`version: 1\`, the lists \`sources\`, \`rules\`, \`destinations\` and \`downtimes\`, and \`monitoring\`, \`listen\`, \`hub\`, \`database\` and \`reports\`. \`plimsoll check FILE\` lists every problem with line and column; \`plimsoll config schema\` prints the JSON Schema, for editors. A commented example is in \`resources/plimsoll.example.yaml\`.

What holds is decided in this order: flags, the environment, \`.env\` (in the working directory, then beside a file that was named with \`--config\`), the file, defaults. \`plimsoll config print --effective --origin\` shows each setting with where it comes from.

A file has at most 1 MiB, 1,000 sources, 10,000 rules, 200 destinations and 200 downtimes. Anchors, aliases, tags and merge keys are refused. Unknown keys are errors, unless the file says \`version: 1.1\` to \`1.9\`: then a newer Plimsoll wrote it, and keys that this one does not know are kept, with a warning.

A predecessor's file is read as it is: see [moving in](../moving-in.md).

## Secrets

A secret never stands in the settings; they say where it is.

| written as | means |
|---|---|
| \`{ env: NAME }\` | the environment variable, or the file that \`NAME_FILE\` names |
| \`{ file: PATH }\` | a file without its last line end; a relative path starts where those of exports do |
| \`{ secret: NAME }\` | an entry of the secret store, which is where the window puts what is typed; on a server also a credential of systemd |

The desktop application has its secrets encrypted by the system. A server keeps them in \`secrets.json\` of the data directory, encrypted with \`secrets.key\` beside it: whoever can read both can read the secrets.

`;

const pages: Record<string, string> = {
  'sources.md': `${head('Sources')}Every source has \`name\`, \`kind\`, \`enabled\` (default \`true\`) and \`intervalSeconds\` (default: its kind's).\n${sources
    .map(
      ({ kind, title, description, intervalSeconds, metrics, schema }) =>
        `\n## ${title} (\`${kind}\`)\n\n${description} Sampled every ${intervalSeconds} s.\n\n${exampleOf(kind)}\n${table(schema, common)}\n${metricsTable(metrics)}`,
    )
    .join(
      '',
    )}\n## Plimsoll itself (\`plimsoll\`)\n\nAlways there, every ten seconds; it is not configured, and rules can watch it. What is said of a host that sends to this hub is said once a minute and at each change, under the name of the host.\n\n${metricsTable(own)}`,
  'destinations.md': `${head('Destinations')}Every destination has \`name\`, \`kind\` and \`enabled\` (default \`true\`).\n${destinations
    .map(
      ({ kind, title, description, schema }) =>
        `\n## ${title} (\`${kind}\`)\n\n${description}\n\n${table(schema, common)}`,
    )
    .join('')}`,
  'settings.md': `${head('Settings')}${settingsIntroduction}## Rules\n\n${table(rule)}\n## Monitoring\n\n${table(monitoring)}\n## Addresses\n\n${table({ properties: { listen } })}\n## Hub\n\n\`hub\` has this Plimsoll receive from other machines; see [hub](../hub.md).\n\n${table(hub)}\n## Database\n\n\`database\` has history in PostgreSQL; see [PostgreSQL](../postgresql.md).\n\n${table(database)}\n## Downtimes\n\nA downtime holds announcements; see [downtimes](../downtimes.md). It is once (\`from\`, \`to\`), every week (\`start\`, with \`end\` or \`minutes\`), or as cron says (\`cron\`, \`minutes\`).\n\n${table(downtime)}\n## Reports\n\nWhen reports are made by themselves and how many are kept; see [reports](../reports.md).\n\n${table(reports)}`,
};

const check = process.argv.includes('--check');
for (const [name, text] of Object.entries(pages)) {
  const path = join(import.meta.dirname, 'reference', name);
  const current = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (current === text) continue;
  if (check) {
    process.stderr.write(`docs/reference/${name} is not up to date. Run: npm run docs\n`);
    process.exitCode = 1;
  } else {
    writeFileSync(path, text);
  }
}
