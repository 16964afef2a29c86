import type { Page } from '@playwright/test';
import { fork } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { ChromiumDisplay } from './chromium-display.ts';
import type { Application } from './questions.ts';

const hooks = fileURLToPath(new URL('./hooks.ts', import.meta.url));

export interface LaunchOptions {
  /** The built entry of the desktop. */
  entry: string;
  args?: readonly string[];
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  /** Modules to load into the application before its entry. */
  imports?: readonly string[];
}

/** An application that runs on the stand-in. What it has in common with Playwright's `ElectronApplication` is called the same. */
export interface StandInApplication {
  readonly process: ChildProcess;
  /** Everything it has said on stdout and stderr. */
  output(): string;
  windows(): Page[];
  /** The page of a `BrowserWindow` by its id. */
  page(window: number): Page | undefined;
  evaluate(source: string, argument: unknown): Promise<unknown>;
  /** Resolves with the exit code or the signal that ended it, when its windows are gone as well. */
  readonly ended: Promise<number | NodeJS.Signals>;
}

/** Starts the desktop's bundle on this Node with the stand-in for Electron; its windows open on the display. */
export async function launch(display: ChromiumDisplay, options: LaunchOptions): Promise<StandInApplication> {
  const imports = [hooks, ...(options.imports ?? [])].flatMap((path) => ['--import', path]);
  const child = fork(options.entry, options.args ?? [], {
    serialization: 'advanced',
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', ...imports],
    env: options.env ?? process.env,
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
  });
  let output = '';
  const said = (part: Buffer): void => void (output += part.toString());
  child.stdout?.on('data', said);
  child.stderr?.on('data', said);
  const exited = once(child, 'exit');
  const application: Application = await display.attach({
    send: (message) => {
      if (child.connected) child.send(message as object, () => undefined);
    },
    onMessage: (listener) => void child.on('message', listener),
    onCut: (listener) => void child.on('disconnect', listener),
  });
  const { emptied } = display;
  const ended = exited.then(async ([code, signal]) => {
    await emptied;
    return (code ?? signal) as number | NodeJS.Signals;
  });
  return {
    process: child,
    output: () => output,
    windows: () => display.pages(),
    page: (window) => display.page(window),
    evaluate: (source, argument) => application.evaluate(source, argument),
    ended,
  };
}
