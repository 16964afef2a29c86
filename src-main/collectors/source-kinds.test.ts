import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { sourceKind, sourceKinds } from './source-kinds.ts';
import { scriptedSystem } from '../testing/scripted-system.ts';
import { sourceSurroundings } from '../testing/surroundings.ts';

const folder = join(import.meta.dirname, 'sources');

/** Only on request, when there is too much, or inside a container. */
const sometimes = new Set([
  ...['series_left_out', 'tcp_connections', 'process_running', 'process_count', 'process_cpu_percent'],
  ...['process_memory_bytes', 'process_threads', 'process_open_files', 'process_started_at'],
  ...['process_status', 'top_process_threads', 'top_process_open_files', 'top_process_status'],
  ...['top_process_started_at', 'cgroup_memory_percent', 'cgroup_memory_limit', 'cgroup_memory_used'],
  ...['cgroup_cpu_percent', 'cgroup_cpu_limit_cores', 'cgroup_cpu_throttled_percent'],
]);

test('every file that defines a source kind is in the list, once, and named after its kind', () => {
  const defining = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(
    (file) =>
      /^(?!.*\.test\.ts$).*\.ts$/.test(file) &&
      readFileSync(join(folder, file), 'utf8').includes('defineSource'),
  );
  expect(sourceKinds.map(({ kind }) => `${kind}.ts`).sort()).toEqual(defining.sort());
});

test('a kind is found by its name, and by nothing else', () => {
  expect(sourceKinds.map(({ kind }) => sourceKind(kind))).toEqual(sourceKinds);
  expect(sourceKind('constructor')).toBeUndefined();
});

describe.each(sourceKinds.filter(({ local }) => local === true).map((kind) => [kind.kind, kind] as const))(
  '%s',
  (_name, kind) => {
    test('emits the metrics that it declares, with the labels that it declares, and no others', async () => {
      let now = 0;
      const system = scriptedSystem();
      const collector = kind.open(
        kind.options.parse({}),
        sourceSurroundings({ system, monotonic: () => (now += 1000) }),
      );
      const signal = new AbortController().signal;
      await collector.collect(signal);
      const samples = await collector.collect(signal);
      const emitted = new Set(samples.map(({ metric }) => metric));
      const always = Object.keys(kind.metrics).filter((metric) => !sometimes.has(metric));
      expect([...emitted].sort()).toEqual(always.sort());
      expect(samples.map(({ labels }) => Object.keys(labels))).toEqual(
        samples.map(({ metric }) => kind.metrics[metric]?.labels ?? []),
      );
    });

    test('says enough to draw its form and its reference', () => {
      const schema = z.toJSONSchema(kind.options, { io: 'input' });
      for (const field of Object.values(schema.properties ?? {})) {
        expect(field).toMatchObject({
          title: expect.any(String) as string,
          description: expect.any(String) as string,
        });
      }
      expect(kind.options.safeParse({ unknown: 1 }).success).toBe(false);
    });
  },
);
