import { expect, onTestFinished, test } from 'vitest';
import { inColumns } from '../../contract/columns.ts';
import { systemClock } from '../../base/clock.ts';
import { openHistory } from '../../history/open.ts';
import { StateFolder } from '../../testing/state-folder.ts';
import { parseSettings } from '../settings/schema.ts';
import { storedReport } from './stored-report.ts';

test('names the programs that used most, watched or not, each once', async () => {
  const folder = new StateFolder();
  onTestFinished(() => folder.remove());
  const from = Date.UTC(2026, 0, 5);
  const { store } = await openHistory(folder.directory, systemClock);
  const of = (process: string, values: Record<string, number>) =>
    Object.entries(values).map(([metric, value]) => ({ metric, labels: { process }, value }));
  for (let minute = 0; minute < 25; minute++) {
    store.append(
      [
        {
          ...{ host: 'box', source: 'processes', at: from + minute * 60_000, durationMs: 1, error: null },
          samples: [
            { metric: 'process_count_total', labels: {}, value: 120 },
            ...of('build', {
              top_process_cpu_percent: 70,
              top_process_memory_bytes: 30,
              top_process_threads: 4,
            }),
            ...of('idle', { top_process_cpu_percent: 0, top_process_memory_bytes: 900 }),
            ...of('web', { top_process_cpu_percent: 20, top_process_memory_bytes: 60 }),
            ...of('web', { process_cpu_percent: 20, process_memory_bytes: 60, process_threads: 2 }),
          ],
        },
      ].map(inColumns),
    );
  }
  store.close();
  const settings = parseSettings({ version: 1, sources: [{ name: 'processes', kind: 'processes' }] });
  const to = from + 3_600_000;
  const parts = { host: 'box', version: '1', now: to, settings };
  const { content } = await storedReport(folder.directory, folder.state, parts, { from, to, zone: 'UTC' });
  expect(
    content.figures.programs.map(({ program, cpu, memory }) => [program, cpu?.avg, memory?.avg]),
  ).toEqual([
    ['build', 70, 30],
    ['web', 20, 60],
    ['idle', 0, 900],
  ]);
  expect(content.processes.map(({ subject, series }) => [subject, series.map(({ name }) => name)])).toEqual([
    ['program_cpu', ['build', 'web', 'idle']],
    ['program_memory', ['build', 'web', 'idle']],
    ['program_threads', ['build', 'web']],
    ['processes', ['processes']],
  ]);
});
