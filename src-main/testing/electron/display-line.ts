import { connect } from './line.ts';
import type { Questions } from './line.ts';
import type { Application, Display } from './questions.ts';

/** An answer may be there at once. */
type Answers<T extends Questions<T>> = {
  [K in keyof T]?: (...args: Parameters<T[K]>) => ReturnType<T[K]> | Awaited<ReturnType<T[K]>>;
};

const handlers: Answers<Application> = {};

/** Says how this application answers some of the display's questions. Each part of the stand-in answers its own. */
export function answer(some: Answers<Application>): void {
  Object.assign(handlers, some);
}

/** The line to the display. It keeps the application running until it quits, as Electron's own loop does. */
export const display = connect<Display, Application>(takeWire(), handlers as Application);

/** The application must not see that it was forked: under Electron it is not. */
function takeWire() {
  const send = process.send?.bind(process);
  if (send === undefined) throw new Error('the stand-in is started by launch.ts, not by hand');
  const wire = {
    send: (message: unknown) => void send(message, undefined, undefined, () => undefined),
    onMessage: (listener: (message: unknown) => void) => void process.on('message', listener),
    onCut: (listener: () => void) => void process.on('disconnect', listener),
  };
  Object.defineProperty(process, 'send', { value: undefined, configurable: true });
  return wire;
}

// An application without a display is one whose test has ended.
process.on('disconnect', () => process.exit(1));
