import { EventEmitter } from 'node:events';

/*
 * Loaded into a forked child before its entry: makes it look like a utility process. `process.parentPort` is there, Node's
 * own line to the parent is not.
 */
const send = process.send?.bind(process);

class ParentPort extends EventEmitter {
  readonly #early: unknown[] = [];
  #isHeard = false;

  take(data: unknown): void {
    if (this.#isHeard) this.emit('message', { data, ports: [] });
    else this.#early.push(data);
  }

  /** Messages wait until somebody listens. */
  override on(event: string, listener: (...args: never[]) => void): this {
    super.on(event, listener as (...args: unknown[]) => void);
    if (event === 'message') this.start();
    return this;
  }

  start(): void {
    if (this.#isHeard) return;
    this.#isHeard = true;
    setImmediate(() => {
      for (const data of this.#early.splice(0)) this.emit('message', { data, ports: [] });
    });
  }

  postMessage(message: unknown): void {
    if (process.connected) send?.(message, undefined, undefined, () => undefined);
  }
}

const parentPort = new ParentPort();
process.on('message', (message) => parentPort.take(message));
process.on('disconnect', () => {
  parentPort.emit('close');
  // The browser process takes its utility processes along.
  setTimeout(() => process.exit(0), 100).unref();
});
Object.defineProperty(process, 'parentPort', { value: parentPort });
Object.defineProperty(process, 'send', { value: undefined, configurable: true });
Object.defineProperty(process, 'type', { value: 'utility' });
