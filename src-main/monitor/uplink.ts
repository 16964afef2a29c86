import { randomUUID } from 'node:crypto';
import type { Clock } from '../base/clock.ts';
import { PlimsollError } from '../contract/error.ts';
import type { ResolveSecret } from '../contract/secret.ts';
import type { DestinationSettings, Settings } from '../contract/settings.ts';
import { Attempt } from '../deliveries/attempt.ts';
import { sampleDestinationKind } from '../deliveries/destination-kinds.ts';
import { onwardOptionsOf, sampleFilter } from '../deliveries/onward/sample-destination.ts';
import type { OutgoingSample } from '../deliveries/onward/sample-destination.ts';
import { attemptDeadlineMs } from '../deliveries/outbox.ts';
import { agentVariablesIn } from '../predecessors/environment.ts';
import { unitOf } from './pipeline.ts';
import { sampleSources } from './self-test.ts';
import type { Environment } from './settings/read.ts';
import { parseEntry } from './settings/schema.ts';

/** An agent: its hub, its host name there, and the rest of the environment for the settings. */
export interface Agent {
  uplink: DestinationSettings;
  host: string;
  environment: Environment;
}

/** The variable with the token, or with `_FILE` the path of its file. */
export const tokenVariable = 'PLIMSOLL_TOKEN';

/** The variable that is `true` if an agent should take rules from its hub. */
export const rulesVariable = 'PLIMSOLL_RULES_FROM_HUB';

/**
 * An agent from flags and environment, including those of the predecessor's agent. Its id becomes the host name at the
 * hub, because it does not change. Throws `usage` if no hub is named, and for an invalid address.
 */
export function agentFrom(
  given: { hub: string | undefined; tokenFile: string | undefined; hostName: string; takeRules?: boolean },
  environment: Environment,
): Agent {
  const variables = agentVariablesIn(environment);
  const url = given.hub ?? variables.hub;
  if (url === undefined)
    throw new PlimsollError('usage', 'Name the hub: --hub URL, or SERVER_URL in the environment.');
  const isInEnvironment = [tokenVariable, `${tokenVariable}_FILE`].some(
    (name) => (environment[name] ?? '') !== '',
  );
  const token =
    given.tokenFile !== undefined
      ? { file: given.tokenFile }
      : isInEnvironment
        ? { env: tokenVariable }
        : undefined;
  try {
    const uplink = parseEntry('destinations', {
      ...{ name: 'hub of this agent', kind: 'hub', enabled: true, url },
      ...(token !== undefined && { token }),
      ...((given.takeRules === true || environment[rulesVariable] === 'true') && { takeRules: true }),
      ...(variables.name !== undefined && { agentName: variables.name }),
      ...(variables.everySeconds !== undefined && { everySeconds: variables.everySeconds }),
    });
    return { uplink, host: variables.id ?? given.hostName, environment: variables.others };
  } catch (thrown) {
    const problem = thrown instanceof PlimsollError ? thrown.problems[0] : undefined;
    if (problem === undefined) throw thrown;
    throw new PlimsollError('usage', `The hub ${problem.path} ${problem.message}.`, { cause: thrown });
  }
}

/** The result of sending once. */
export interface SentOnce {
  samples: number;
  rejected: number;
  said: string;
  /** Sources that could not be read, with the reason. */
  failed: { source: string; message: string }[];
}

/**
 * Samples every enabled source once and sends the readings; stores nothing. Throws the errors of sending:
 * `unauthorized`, `forbidden`, `unreachable` and the like.
 */
export async function sendOnce(
  { uplink, host }: Agent,
  settings: Settings,
  surroundings: { clock: Clock; directory: string; secret: ResolveSecret; version: string },
): Promise<SentOnce> {
  const { clock, directory, secret, version } = surroundings;
  const readings = await sampleSources(settings, secret, { host, seconds: 1, clock, directory });
  const wants = sampleFilter(onwardOptionsOf(uplink));
  const samples = readings.flatMap(({ source, at, samples: measured }) => {
    const known = settings.sources.find(({ name }) => name === source);
    return measured
      .filter(({ metric, value }) => Number.isFinite(value) && wants(source, metric))
      .map((one): OutgoingSample => ({ host, source, at, ...one, unit: unitOf(known, one.metric) }));
  });
  const failed = readings.flatMap(({ source, error }) =>
    error === null ? [] : [{ source, message: error.message }],
  );
  const kind = sampleDestinationKind(uplink.kind);
  if (kind === undefined) throw new Error(`there is no kind ${uplink.kind}`);
  const { name: _name, kind: _kind, enabled: _enabled, ...options } = uplink;
  const destination = kind.open(kind.options.parse(options), {
    ...{ directory, secret, version },
    now: () => clock.now(),
    sources: () => settings.sources,
  });
  const result: SentOnce = { samples: samples.length, rejected: 0, said: 'nothing was read', failed };
  for (let from = 0; from < samples.length; from += kind.samplesAtMost) {
    const batch = {
      id: randomUUID(),
      samples: samples.slice(from, from + kind.samplesAtMost),
      isBacklog: false,
    };
    const send = (signal: AbortSignal) => destination.send(batch, signal);
    const outcome = await new Attempt(send, clock, attemptDeadlineMs).outcome;
    if (!outcome.arrived) throw new PlimsollError(outcome.code ?? 'internal', outcome.problem);
    result.said = outcome.receipt.said;
    result.rejected += outcome.receipt.rejected ?? 0;
  }
  return result;
}
