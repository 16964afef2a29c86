import { isUtf8 } from 'node:buffer';
import { z } from 'zod';
import { placeOf } from '../../base/http/url.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { MetricDefinition } from '../../contract/metric.ts';
import { roundMs } from '../targets/check-target.ts';
import { askEndpoint, checkEndpoint, endpointShape, hostAsked } from '../targets/endpoint.ts';
import { SentSecrets } from '../targets/sent-secrets.ts';
import { fitsGlob } from '../glob.ts';
import { PartialReading } from '../partial-reading.ts';
import { readPrometheus } from '../answers/prometheus-text.ts';
import { defineSource } from '../source-kind.ts';

/** A page with more would be a database rather than one application. */
const seriesAtMost = 500;

const glob = z.string().min(1).max(200);

const options = z
  .strictObject({
    ...endpointShape,
    include: z.array(glob).min(1).max(50).optional().meta({
      title: 'Metrics',
      description: 'Names of metrics that are kept; * stands for any letters, ? for one. Without it, all.',
    }),
    exclude: z.array(glob).max(50).optional().meta({
      title: 'Without',
      description: 'Names of metrics that are left out, written likewise.',
    }),
    labels: z
      .record(z.string().min(1).max(200), z.string().max(200))
      .refine((labels) => Object.keys(labels).length <= 20, 'must not be more than 20 labels')
      .optional()
      .meta({
        title: 'Labels',
        description: 'Only series that have these labels are kept; * and ? in a value as above.',
      }),
  })
  .superRefine((chosen, context) =>
    checkEndpoint(chosen, (path, message) => context.addIssue({ code: 'custom', path: [path], message })),
  );

const metrics = {
  reachable: {
    title: 'Reachable',
    unit: 'none',
    full: 1,
    help: '1 when the page was answered, 0 when nobody answered. Absent while this machine has no network itself or the name cannot be looked up.',
  },
  response_time_ms: {
    title: 'Response time',
    unit: 'milliseconds',
    help: 'From the start of looking up the name to the last byte of the page.',
  },
} satisfies Record<string, MetricDefinition>;

export const prometheus = defineSource({
  kind: 'prometheus',
  title: 'Prometheus page',
  description:
    'Reads a page of metrics as Prometheus does, in its text format or as OpenMetrics: each sample under its own name and labels, counters as they stand. At most 500 series and 1 MiB.',
  intervalSeconds: 30,
  example: {
    name: 'node exporter',
    url: 'http://nas.local:9100/metrics',
    include: ['node_load1', 'node_memory_*'],
  },
  paths: ['authorityFile'],
  anyMetric: true,
  options,
  metrics,
  asks: ({ url }) => hostAsked(url),
  open(chosen, { secret }) {
    const { include = ['*'], exclude = [], labels = {} } = chosen;
    const isWanted = (metric: string, own: Readonly<Record<string, string>>) =>
      !Object.hasOwn(metrics, metric) &&
      include.some((name) => fitsGlob(name, metric)) &&
      !exclude.some((name) => fitsGlob(name, metric)) &&
      // A missing label equals an empty one, as in Prometheus itself.
      Object.entries(labels).every(([name, value]) => fitsGlob(value, own[name] ?? ''));
    return {
      async collect(signal, deadlineMs) {
        const accept = 'application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4,*/*;q=0.1';
        const sent = new SentSecrets(chosen.url, secret);
        const answer = await askEndpoint(
          chosen,
          sent.resolve,
          { signal },
          { defaults: { Accept: accept }, deadlineMs },
        );
        const own = [
          { metric: 'reachable', labels: {}, value: 1 },
          { metric: 'response_time_ms', labels: {}, value: roundMs(answer.timeMs) },
        ];
        const place = placeOf(answer.url);
        const refuse = (code: 'unreadable' | 'too_large', message: string, found = own) =>
          new PartialReading(found, new PlimsollError(code, `${place} ${message}`));
        if (answer.status !== 200) throw refuse('unreadable', `answered ${answer.status} instead of a page.`);
        if (/^\s*text\/html/i.test(answer.headers['content-type'] ?? ''))
          throw refuse(
            'unreadable',
            answer.url.host === new URL(chosen.url).host
              ? 'answered with HTML. Is it a login page, or is /metrics missing in the address?'
              : `answered with HTML. ${placeOf(new URL(chosen.url))} had redirected there: is it a captive portal or a login page?`,
          );
        if (!isUtf8(answer.body)) throw refuse('unreadable', 'answered with bytes that are not UTF-8.');
        const page = readPrometheus(Buffer.from(answer.body).toString('utf8'), isWanted);
        const samples = sent.strikeOut(page.samples, metrics);
        if (samples.length > seriesAtMost)
          throw refuse(
            'too_large',
            `has ${samples.length} series; at most ${seriesAtMost} are read. Choose metrics.`,
          );
        if (page.problem === null) return [...own, ...samples];
        const { line, why, count } = page.problem;
        const others = count === 1 ? '' : ` So are ${count - 1} more lines.`;
        throw refuse('unreadable', `sent a line ${line} that ${why}; it is left out.${others}`, [
          ...own,
          ...samples,
        ]);
      },
    };
  },
});
