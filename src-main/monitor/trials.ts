import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { secretResolver } from '../base/secrets.ts';
import { sourceKind } from '../collectors/source-kinds.ts';
import type { ScheduledSource } from '../collectors/messages.ts';
import type { Message } from '../contract/delivery.ts';
import { messageOf, PlimsollError } from '../contract/error.ts';
import type { Notifier } from '../contract/notifier.ts';
import type { Reading, Sample } from '../contract/sample.ts';
import type { ResolveSecret, SecretStore } from '../contract/secret.ts';
import type { Settings } from '../contract/settings.ts';
import type { DeliveryTrial, Preview, SampleTrial } from '../contract/trial.ts';
import { Attempt } from '../deliveries/attempt.ts';
import type { DrawChart, RunProgram } from '../deliveries/destination-kind.ts';
import { destinationKind, sampleDestinationKind } from '../deliveries/destination-kinds.ts';
import { openDestination, optionsOf } from '../deliveries/open-destination.ts';
import type { SampleDestinationKind, SampleSurroundings } from '../deliveries/onward/sample-destination.ts';
import { attemptDeadlineMs } from '../deliveries/outbox.ts';
import { ownSource } from './own-source.ts';
import { separateSecrets } from './settings/plain-secrets.ts';
import { redactor } from '../base/redact.ts';
import type { Environment } from './settings/read.ts';
import { scheduledSource, withSecrets } from './scheduled-source.ts';
import { parseEntry } from './settings/schema.ts';
import { inventedMessage } from './sending/invented-message.ts';
import { withAddress } from './sending/plimsoll-address.ts';
import { previewOf } from './sending/preview.ts';
import type { PreviewQuestion } from './sending/preview.ts';

/** Kept of a transcript: enough for any honest conversation. */
const mostLines = 400;
const mostText = 8000;

/** What a door can have tried out. Nothing is kept of it. */
export interface TrialsApi {
  /**
   * Samples a source as its form has it, once, and twice where rates need it. What goes wrong is in the answer. Throws
   * `invalid_settings` for a form that is not filled in, `stage_down` while the collectors are away.
   */
  sample(form: unknown): Promise<SampleTrial>;
  /** Sends a test message to a destination as its form has it. What goes wrong is in the answer. Throws `invalid_settings` as `sample` does. */
  deliver(form: unknown): Promise<DeliveryTrial>;
  /**
   * What a destination with these words would say of the newest alert, or of an invented one where there was none. Throws
   * `invalid_settings` with what is wrong with the words, and `unsupported` for a kind that is not there. Nothing else of the form is
   * looked at, and nothing is sent.
   */
  preview(question: PreviewQuestion): Preview;
}

export interface TrialParts {
  host: string;
  version: string;
  clock: Clock;
  env: Environment;
  /** Relative paths in the settings start here. */
  directory: string;
  store: Pick<SecretStore, 'read'>;
  notifier: Notifier | null;
  /** Runs programs that the owner approved. */
  run?: RunProgram;
  draw?: DrawChart;
  settings(): Settings;
  latest(): Sample[];
  /** What was told last of the newest alert; null where there was none. */
  lastMessage(): Message | null;
  /** Has the collectors sample a source once. */
  sample(source: ScheduledSource): Promise<Reading>;
}

/** Tries sources and destinations out as their forms have them, saved or not: nothing is kept of either. */
export class Trials implements TrialsApi {
  readonly #parts: TrialParts;

  constructor(parts: TrialParts) {
    this.#parts = parts;
  }

  async sample(form: unknown): Promise<SampleTrial> {
    const { content, secrets } = separateSecrets(withName(form));
    const source = parseEntry('sources', content);
    const { resolve, redact } = this.#secrets(secrets);
    const scheduled = await withSecrets(
      scheduledSource(source, this.#parts.settings(), this.#parts.directory),
      resolve,
    );
    const { at, durationMs, samples, error } = await this.#parts.sample(scheduled);
    const metrics = sourceKind(source.kind)?.metrics ?? {};
    return {
      at,
      durationMs,
      samples: samples.map((sample) => ({ ...sample, definition: metrics[sample.metric] ?? null })),
      error: error && { code: error.code, message: redact(error.message) },
    };
  }

  async deliver(form: unknown): Promise<DeliveryTrial> {
    const { clock, directory, notifier, run, draw } = this.#parts;
    const { content, secrets } = separateSecrets(withName(form));
    const settings = withAddress(parseEntry('destinations', content), this.#parts.settings());
    const kind = destinationKind(settings.kind) ?? sampleDestinationKind(settings.kind);
    if (kind === undefined)
      throw new PlimsollError('unsupported', `There is no kind of destination ${settings.kind}.`);
    const options = optionsOf(settings);
    const { resolve, redact } = this.#secrets(secrets);
    const transcript: string[] = [];
    const surroundings = {
      directory,
      notifier,
      secret: resolve,
      ...(run && { run }),
      ...(draw && { draw }),
      trace: (line: string) => {
        // Struck out first, so that no half of a secret is left at the cut.
        if (transcript.length < mostLines) transcript.push(redact(line).slice(0, mostText));
      },
    };
    const startedAt = clock.monotonic();
    try {
      if (kind.role === 'samples') {
        const send = this.#sampleSender(kind, options, surroundings);
        const outcome = await new Attempt(send, clock, attemptDeadlineMs).outcome;
        return answer(outcome.arrived, outcome.arrived ? outcome.receipt : outcome.problem);
      }
      await kind.check?.(kind.options.parse(options), surroundings);
      const destination = openDestination(settings, kind, surroundings);
      const message = this.#message();
      const deliver = (signal: AbortSignal) => destination.deliver(message, signal);
      const outcome = await new Attempt(deliver, clock, attemptDeadlineMs).outcome;
      destination.close?.();
      return answer(outcome.arrived, outcome.arrived ? outcome.receipt : outcome.problem);
    } catch (thrown) {
      return answer(false, messageOf(thrown));
    }

    function answer(arrived: boolean, said: string): DeliveryTrial {
      const durationMs = Math.round(clock.monotonic() - startedAt);
      return { arrived, said: redact(said), transcript: transcript.map(redact), durationMs };
    }
  }

  /** Sends one real sample, which is there to be looked for: metric `test` of source `plimsoll`, value 1. */
  #sampleSender(
    kind: SampleDestinationKind,
    options: unknown,
    { directory, secret, trace }: Pick<SampleSurroundings, 'directory' | 'secret' | 'trace'>,
  ): (signal: AbortSignal) => Promise<string> {
    const { host, clock, version, settings } = this.#parts;
    const sources = () => settings().sources;
    const now = () => clock.now();
    const destination = kind.open(kind.options.parse(options), {
      ...{ directory, secret, sources, now, version },
      ...(trace !== undefined && { trace }),
    });
    const sample = {
      ...{ host, source: ownSource, metric: 'test', labels: {}, value: 1, at: clock.now() },
      unit: 'none' as const,
    };
    return async (signal) => {
      const batch = { id: randomUUID(), samples: [sample], isBacklog: false };
      const { said, rejected = 0, problem } = await destination.send(batch, signal);
      if (rejected > 0) throw new PlimsollError('invalid_request', problem ?? said);
      return said;
    };
  }

  preview(question: PreviewQuestion): Preview {
    return previewOf(question, this.#parts.lastMessage(), () => this.#message());
  }

  /** Finds what a form refers to, and remembers it so that no answer repeats it. */
  #secrets(typed: ReadonlyMap<string, string>): { resolve: ResolveSecret; redact: (text: string) => string } {
    const { env, directory, store } = this.#parts;
    const seen = new Set<string>();
    const stored = secretResolver({
      env,
      directory,
      store: { read: async (name) => typed.get(name) ?? store.read(name) },
    });
    return {
      resolve: async (reference) => {
        const secret = await stored(reference);
        seen.add(secret);
        return secret;
      },
      redact: (text) => redactor([...seen])(text),
    };
  }

  #message(): Message {
    const { host, clock, settings, latest } = this.#parts;
    return inventedMessage({ host, at: clock.now(), settings: settings(), latest: latest() });
  }
}

/** A form that is being filled in may not have a name yet, and needs none to be tried. */
function withName(form: unknown): unknown {
  if (typeof form !== 'object' || form === null) return form;
  const name = 'name' in form ? form.name : undefined;
  return typeof name === 'string' && name.trim() !== '' ? form : { ...form, name: 'test' };
}
