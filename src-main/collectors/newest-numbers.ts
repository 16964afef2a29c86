import type { Measurement, Reading } from '../contract/sample.ts';
import type { KnownNumbers } from './scripts/session.ts';

/** The latest samples of each source, for scripts that look at all sources. */
export class NewestNumbers {
  readonly #samples = new Map<string, readonly Measurement[]>();

  /** After a failed reading nothing is known of its source: earlier samples say nothing about now. */
  enter({ source, samples }: Reading): void {
    this.#samples.set(source, samples);
  }

  forget(source: string): void {
    this.#samples.delete(source);
  }

  all(): KnownNumbers {
    return Object.fromEntries(
      [...this.#samples].map(([source, samples]) => [
        source,
        Object.fromEntries(samples.map(({ metric, labels, value }) => [metric + labelText(labels), value])),
      ]),
    );
  }
}

function labelText(labels: Measurement['labels']): string {
  const pairs = Object.entries(labels);
  if (pairs.length === 0) return '';
  const said = pairs
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `{${said.join(',')}}`;
}
