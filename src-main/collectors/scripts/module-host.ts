import { stripTypeScriptTypes } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import { dirname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { messageOf } from '../../contract/error.ts';
import { openParentPort } from '../../base/parent-port.ts';
import { limits, violationCharacters, violationsAtMost } from './limits.ts';
import { marked } from './run-traces.ts';
import type { FromModule, ModuleCall, ToModule } from './module-call.ts';
import type { Answer, ViolationLevel } from './session.ts';

/**
 * Entry point of the process that keeps one module loaded: main starts it for a session, sends it calls, and ends it.
 * Whatever the module prints is discarded.
 */
const port = openParentPort<FromModule, ToModule>('script');
port.onCut(() => process.kill(process.pid, 'SIGKILL'));
port.onMessage(({ call }) => {
  void answerTo(call).then((answer) => port.send(answer));
});
port.send({ type: 'ready' });

/** The module's exports. It is loaded only once: a module that fails to load now would fail again. */
let loaded: Promise<Functions> | undefined;
const watch = startWatch();

async function answerTo(call: ModuleCall): Promise<Answer> {
  watch.expect(call.seconds);
  try {
    const { collect, check } = await (loaded ??= load(call));
    if (collect === undefined && check === undefined)
      return { type: 'failed', message: 'exports no function collect()' };
    const found = collect === undefined ? {} : await collect(call.settings);
    const answer = answerOf(found);
    return check === undefined ? answer : await withViolations(answer, () => check(call.metrics, found));
  } catch (thrown) {
    return { type: 'failed', message: failureText(thrown) };
  } finally {
    watch.expect(null);
    printed = 0;
  }
}

type Exported = (...given: unknown[]) => unknown;

interface Functions {
  collect: Exported | undefined;
  check: Exported | undefined;
}

async function load({ path, source, mark }: ModuleCall): Promise<Functions> {
  setFlagsFromString(`--max-old-space-size=${limits.memoryBytes / 1024 / 1024}`);
  boundOutput();
  Object.assign(process.env, marked(mark), { PLIMSOLL_SCRIPT: path });
  process.argv.splice(1, process.argv.length, path);
  process.chdir(dirname(path));
  const text = /\.m?ts$/i.test(path) ? stripTypeScriptTypes(source) : source;
  // As a data URL it is exactly the approved text, and cannot import files beside it, which were not approved.
  const data = Buffer.from(`${text}\n//# sourceURL=${encodeURI(path)}`).toString('base64');
  const module = (await import(`data:text/javascript;base64,${data}`)) as Record<string, unknown>;
  return { collect: functionIn(module['collect']), check: functionIn(module['check']) };
}

function functionIn(exported: unknown): Exported | undefined {
  return typeof exported === 'function' ? (exported as Exported) : undefined;
}

const entriesAtMost = 300;

type Collected = Extract<Answer, { type: 'collected' }>;

function answerOf(found: unknown): Collected {
  const isRecord = typeof found === 'object' && found !== null && !Array.isArray(found);
  const entries: [string, unknown][] = isRecord
    ? Object.entries(found).slice(0, entriesAtMost)
    : [['', found]];
  const collected: [string, number][] = [];
  const leftOut: [string, string][] = [];
  for (const [key, value] of entries) {
    const name = key.slice(0, 201);
    if (typeof value === 'number' && Number.isFinite(value)) collected.push([name, value]);
    else leftOut.push([name, notNumber(value)]);
  }
  return { type: 'collected', collected, leftOut };
}

/**
 * Adds the violations that `check` found. If `check` failed, nothing is known of violations, but the numbers still
 * count.
 */
async function withViolations(answer: Collected, check: () => unknown): Promise<Collected> {
  try {
    const said = await check();
    const list: unknown[] =
      said === undefined || said === null || said === false ? [] : Array.isArray(said) ? said : [said];
    const violations: [string, ViolationLevel][] = [];
    for (const each of list.slice(0, violationsAtMost)) {
      const violation = violationIn(each);
      if (violation !== undefined) violations.push(violation);
      else
        answer.leftOut.push([
          'check()',
          'returned what is no violation: neither a text nor { name, severity }',
        ]);
    }
    if (list.length > violationsAtMost)
      answer.leftOut.push([
        'check()',
        `returned ${list.length} violations, of which ${violationsAtMost} are kept`,
      ]);
    return { ...answer, violations };
  } catch (thrown) {
    answer.leftOut.push(['check()', failureText(thrown)]);
    return answer;
  }
}

function violationIn(said: unknown): [string, ViolationLevel] | undefined {
  const name: unknown = typeof said === 'object' && said !== null && 'name' in said ? said.name : said;
  if (typeof name !== 'string' || name.trim() === '') return undefined;
  const isCritical =
    typeof said === 'object' && said !== null && 'severity' in said && said.severity === 'critical';
  return [name.trim().slice(0, violationCharacters), isCritical ? 2 : 1];
}

function notNumber(value: unknown): string {
  if (value === null || value === undefined) return `is ${String(value)}`;
  if (Array.isArray(value)) return 'is a list';
  if (typeof value === 'number' || typeof value === 'boolean') return `is ${value}, which is no number`;
  return `is of type ${typeof value}, which is no number`;
}

function failureText(thrown: unknown): string {
  const message = messageOf(thrown).split('\n')[0]?.slice(0, 300) ?? '';
  const name = thrown instanceof Error ? `${thrown.name}: ` : '';
  if (/Invalid relative URL|Failed to resolve module specifier|not a built-in/i.test(message))
    return `imports what was not approved with it (${message.slice(0, 120)}). A script imports what Node has built in`;
  if (/^(?:module|exports|require) is not defined/.test(message))
    return `is written as CommonJS (${message}). Write: export function collect()`;
  return `failed: ${name}${message}`;
}

let printed = 0;

/** The module's output would reach Plimsoll's log, where nobody wants it. Endless output ends the process. */
function boundOutput(): void {
  const take = (chunk: string | Uint8Array): boolean => {
    printed += chunk.length;
    // A module that prints in an endless loop could catch an exception.
    if (printed > limits.outputBytes) process.kill(process.pid, 'SIGKILL');
    return true;
  };
  for (const stream of [process.stdout, process.stderr])
    Object.defineProperty(stream, 'write', { value: take });
}

/**
 * Starts a thread that ends this process if main is gone, or if the module blocks the main thread. It also checks
 * memory, because V8's own limit covers only a part of it.
 */
function startWatch(): { expect(seconds: number | null): void } {
  const text = `
const { parentPort, workerData } = require('node:worker_threads');
const { parent, mostBytes, floor } = workerData;
let until = Infinity;
parentPort.on('message', (seconds) => { until = seconds === null ? Infinity : performance.now() + seconds * 1000; });
setInterval(() => {
  const isOrphan = process.platform !== 'win32' && process.ppid !== parent;
  const isLarge = process.memoryUsage.rss() - floor > mostBytes;
  if (isOrphan || isLarge || performance.now() > until) process.kill(process.pid, 'SIGKILL');
}, ${limits.lookEveryMs});
`;
  const worker = new Worker(text, {
    eval: true,
    // The memory that Node and this thread need is not counted as the module's.
    workerData: { parent: process.ppid, mostBytes: limits.memoryBytes, floor: process.memoryUsage.rss() },
  });
  worker.unref();
  return { expect: (seconds) => worker.postMessage(seconds) };
}
