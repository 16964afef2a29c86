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

/** The limit of a transcript's lines: enough for any genuine conversation. */
const mostLines = 400;
const mostText = 8000;

/** Tests of unsaved forms. Nothing is stored. */
export interface TrialsApi {
  /**
   * Samples a source from its form once, or twice if rates need it. Errors are in the answer. Throws `invalid_settings`
   * for an incomplete form, `stage_down` while the collectors are unavailable.
   */
  sample(form: unknown): Promise<SampleTrial>;
  /**
   * Sends a test message to a destination from its form. Errors are in the answer. Throws `invalid_settings` as
   * `sample` does.
   */
  deliver(form: unknown): Promise<DeliveryTrial>;
  /**
   * The text that a destination with these words would send about the newest alert, or about an invented one if there
   * was none. Throws `invalid_settings` with the problems of the words, and `unsupported` for an unknown kind. The rest
   * of the form is ignored, and nothing is sent.
   */
  preview(question: PreviewQuestion): Preview;
}

export interface TrialParts {
  host: string;
  version: string;
  clock: Clock;
  env: Environment;
  /** Where relative paths in the settings start. */
  directory: string;
  store: Pick<SecretStore, 'read'>;
  notifier: Notifier | null;
  /** Runs programs that the owner approved. */
  run?: RunProgram;
  draw?: DrawChart;
  settings(): Settings;
  latest(): Sample[];
  /** The last message about the newest alert; null if there was none. */
  lastMessage(): Message | null;
  /** Lets the collectors sample a source once. */
  sample(source: ScheduledSource): Promise<Reading>;
}

/** Tries sources and destinations from their forms, saved or not, without storing anything. */
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
        // Secrets are struck out first, so that no half of one remains at the cut.
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

  /** Sends one real sample that the user can look for: metric `test` of source `plimsoll`, value 1. */
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

  /** Resolves the references of a form, and remembers the secrets so that no answer repeats them. */
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

/** A new form may not have a name yet, and needs none for a trial. */
function withName(form: unknown): unknown {
  if (typeof form !== 'object' || form === null) return form;
  const name = 'name' in form ? form.name : undefined;
  return typeof name === 'string' && name.trim() !== '' ? form : { ...form, name: 'test' };
}
