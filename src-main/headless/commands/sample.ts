import { hostname } from 'node:os';
import type { MetricDefinition } from '../../contract/metric.ts';
import type { Labels } from '../../contract/sample.ts';
import { sampleThisMachine } from '../../monitor/take-sample.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { valueText } from '../numbers.ts';
import { columns, shown } from '../terminal.ts';

export const sample = defineCommand({
  name: 'sample',
  summary: 'Reads this machine once and prints the numbers. Needs no running Plimsoll.',
  description: 'Rates, such as processor time and bytes per second, are measured over the given seconds.',
  examples: [
    ['plimsoll sample', 'a look at this machine'],
    ['plimsoll sample --seconds 5', 'with calmer rates'],
    ['plimsoll sample --json', 'for programs'],
  ],
  operands: [],
  flags: {
    json: { type: 'switch', help: 'print JSON: {host, at, seconds, samples, errors}' },
    seconds: {
      type: 'integer',
      placeholder: 'N',
      help: 'measure rates over N seconds (1)',
      min: 1,
      max: 3600,
    },
  },
  async run(context, { json, seconds = 1 }) {
    const { terminal, clock } = context;
    const host = hostname();
    const readings = await sampleThisMachine({ seconds, host, clock });
    const samples = readings.flatMap(({ source, samples }) => samples.map((taken) => ({ source, ...taken })));
    const errors = readings.flatMap(({ source, error }) => (error === null ? [] : [{ source, ...error }]));
    if (json) {
      const plain = samples.map(({ source, metric, labels, value, definition }) => ({
        source,
        metric,
        labels,
        value,
        unit: definition?.unit ?? 'none',
      }));
      terminal.json({ host, at: clock.now(), seconds, samples: plain, errors });
    } else {
      const rows = samples.map(({ source, metric, labels, value, definition }) => [
        source,
        metric + labelsText(labels),
        valueText(value, unitOf(definition)),
      ]);
      const widest = Math.max(0, ...rows.map((row) => row[2]?.length ?? 0));
      const aligned = rows.map(([source = '', metric = '', value = '']) => [
        source,
        metric,
        value.padStart(widest),
      ]);
      for (const line of columns([['SOURCE', 'METRIC', 'VALUE'.padStart(widest)], ...aligned]))
        terminal.out(line);
    }
    for (const { source, message } of errors) terminal.error(shown(`${source}: ${message}`));
    return samples.length > 0 ? exitCode.ok : exitCode.failed;
  },
});

function unitOf(definition: MetricDefinition | undefined): MetricDefinition['unit'] {
  return definition?.unit ?? 'none';
}

/** ` {mount=/data}`, or an empty text. */
export function labelsText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${shown(value)}`);
  return pairs.length === 0 ? '' : ` {${pairs.join(', ')}}`;
}
