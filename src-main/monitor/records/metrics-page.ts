import type { MetricDefinition } from '../../contract/metric.ts';
import type { Sample } from '../../contract/sample.ts';
import { prometheusLabels, prometheusName } from '../../deliveries/onward/prometheus-names.ts';

/**
 * Samples in Prometheus's text format 0.0.4: each metric as a gauge with its help text, which includes the unit. There
 * are no timestamps, so the caller passes only fresh samples. Format:
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function metricsPage(
  samples: readonly Sample[],
  definitionOf: (sample: Sample) => MetricDefinition | undefined,
): string {
  const byName = Map.groupBy(samples, ({ metric }) => prometheusName(metric));
  const families = [...byName]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, those]) => {
      const definition = those.map(definitionOf).find((each) => each !== undefined);
      const help = definition === undefined ? [] : [`# HELP ${name} ${helpText(definition)}`];
      // Two of our series may become one, if their names differ only in characters that Prometheus does not allow.
      const lines = new Map(those.map((sample) => [labelsText(sample), sample.value]));
      return [
        ...help,
        `# TYPE ${name} gauge`,
        ...[...lines].map(([labels, value]) => `${name}${labels} ${value}`),
      ];
    });
  return families
    .flat()
    .map((line) => `${line}\n`)
    .join('');
}

function helpText({ title, help, unit }: MetricDefinition): string {
  const told = `${title}. ${help}${unit === 'none' ? '' : ` (${unit})`}`;
  return told.replaceAll('\\', '\\\\').replaceAll('\n', '\\n');
}

function labelsText(sample: Sample): string {
  const pairs = prometheusLabels(sample).map(([name, text]) => `${name}="${escaped(text)}"`);
  return `{${pairs.join(',')}}`;
}

function escaped(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');
}
