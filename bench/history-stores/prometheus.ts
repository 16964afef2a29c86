import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Measured } from './measure.ts';
import { bytesBelow, quickest, report, temporary } from './measure.ts';
import type { Recording } from './recording.ts';
import { begin, dayMs } from './recording.ts';
import { freePort } from '../../src-main/testing/free-port.ts';

const linesAtOnce = 10_000;
/** Blocks of two hours and no more is what Prometheus begins with; three levels of compaction on they span this. */
const longestBlock = '54h';

/** The version of Debian's promtool; undefined where it is missing. */
export function promtoolVersion(): string | undefined {
  const { stdout, status } = spawnSync('promtool', ['--version'], { encoding: 'utf8' });
  return status === 0 ? /version (\S+)/.exec(stdout)?.[1] : undefined;
}

/**
 * A recording in blocks of Prometheus, made by promtool of a text, as large as its compaction makes them; counted are chunks,
 * index and what else stands in their folders. Then a day of one series, asked over HTTP.
 */
export async function measurePrometheus(recording: Recording): Promise<Measured> {
  const directory = temporary();
  const text = join(directory, 'samples.txt');
  const blocks = join(directory, 'blocks');
  writeText(recording, text);
  const begun = performance.now();
  const made = spawnSync(
    'promtool',
    ['tsdb', 'create-blocks-from', `--max-block-duration=${longestBlock}`, 'openmetrics', text, blocks],
    { encoding: 'utf8' },
  );
  if (made.status !== 0) throw new Error(`promtool ended with ${made.status}: ${made.stderr}`);
  const took = performance.now() - begun;
  const bytesPerSample = bytesBelow(blocks) / recording.samples;
  const samplesPerSecond = (1000 * recording.samples) / took;
  report(
    `${recording.name}: Prometheus, blocks with their index`,
    `${bytesPerSample.toFixed(2)} bytes a sample, without roll-ups`,
  );
  report(
    `${recording.name}: Prometheus, promtool makes blocks`,
    `${(samplesPerSecond / 1e6).toFixed(3)} M samples/s`,
  );
  const asked = recording.sources.length === 1 ? await askServer(directory, blocks, recording.name) : NaN;
  return { bytesPerSample, samplesPerSecond, dayMs: asked };
}

/** https://prometheus.io/docs/specs/om/open_metrics_spec/: times are in seconds. */
function writeText(recording: Recording, path: string): void {
  const file = openSync(path, 'w');
  for (const { source, series, at, columns } of recording.sources) {
    series.forEach(({ metric, labels }, column) => {
      const pairs = Object.entries({ source, ...labels }).map(
        ([name, value]) => `${name}=${JSON.stringify(value)}`,
      );
      const name = `${metric}{${pairs.join(',')}}`;
      let lines: string[] = [];
      for (let tick = 0; tick < at.length; tick++) {
        const value = columns[column]?.[tick] ?? NaN;
        if (!Number.isNaN(value)) lines.push(`${name} ${value} ${((at[tick] ?? NaN) / 1000).toFixed(3)}\n`);
        if (lines.length < linesAtOnce) continue;
        writeSync(file, lines.join(''));
        lines = [];
      }
      writeSync(file, lines.join(''));
    });
  }
  writeSync(file, '# EOF\n');
  closeSync(file);
}

async function askServer(directory: string, blocks: string, name: string): Promise<number> {
  const settings = join(directory, 'prometheus.yml');
  writeFileSync(settings, '');
  const port = await freePort();
  const server = spawn(
    'prometheus',
    [
      `--config.file=${settings}`,
      `--storage.tsdb.path=${blocks}`,
      '--storage.tsdb.retention.time=100y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=error',
    ],
    { stdio: 'ignore' },
  );
  const ended = once(server, 'exit');
  const base = `http://127.0.0.1:${port}`;
  try {
    for (let attempt = 0; ; attempt++) {
      const ready = await fetch(`${base}/-/ready`).then(
        ({ ok }) => ok,
        () => false,
      );
      if (ready) break;
      if (attempt === 120) throw new Error('Prometheus did not start within a minute.');
      await pause(500);
    }
    const query = new URLSearchParams({ query: 'metric_3[1d]', time: String((begin + dayMs) / 1000) });
    let points = 0;
    const took = await quickest(30, async () => {
      const answer = (await (await fetch(`${base}/api/v1/query?${query.toString()}`)).json()) as {
        data: { result: { values: unknown[] }[] };
      };
      points = answer.data.result[0]?.values.length ?? 0;
    });
    report(`${name}: Prometheus, a day of metric_3 over HTTP`, `${took.toFixed(1)} ms, ${points} samples`);
    return took;
  } finally {
    server.kill('SIGTERM');
    await ended;
  }
}
