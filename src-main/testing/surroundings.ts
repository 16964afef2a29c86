import { PlimsollError } from '../contract/error.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { Surroundings } from '../collectors/source-kind.ts';
import type { DestinationSurroundings } from '../deliveries/destination-kind.ts';
import type { SampleSurroundings } from '../deliveries/onward/sample-destination.ts';
import { scriptedSystem } from './scripted-system.ts';

/** Secrets of the store by name; what is not among them is not there. */
export function secretsOf(secrets: Readonly<Record<string, string>> = {}): ResolveSecret {
  return (reference) => {
    const name = 'secret' in reference ? reference.secret : JSON.stringify(reference);
    const secret = secrets[name];
    return secret === undefined
      ? Promise.reject(new PlimsollError('unreadable', `There is no secret ${name}.`))
      : Promise.resolve(secret);
  };
}

/** What a collector may use, in a test that brings only what it is about. */
export function sourceSurroundings(given: Partial<Surroundings> = {}): Surroundings {
  return { system: scriptedSystem(), monotonic: () => performance.now(), secret: secretsOf(), ...given };
}

/** What a destination may use, in a test that brings only what it is about. */
export function destinationSurroundings(
  given: Partial<DestinationSurroundings> = {},
): DestinationSurroundings {
  return { directory: '/nowhere', notifier: null, secret: secretsOf(), ...given };
}

/** What a destination for samples may use, in a test that brings only what it is about. */
export function sampleSurroundings(given: Partial<SampleSurroundings> = {}): SampleSurroundings {
  return {
    ...{
      directory: '/nowhere',
      secret: secretsOf(),
      now: () => Date.now(),
      version: '0.0.0',
      sources: () => [],
    },
    ...given,
  };
}
