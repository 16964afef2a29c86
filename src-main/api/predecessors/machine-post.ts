import type { Clock } from '../../base/clock.ts';
import type { Receiving } from '../../monitor/monitor-api.ts';
import { nothingToStore } from './acceptance.ts';
import type { OldPost } from './acceptance.ts';
import { readMachine, sourcesOf } from './machine.ts';
import type { MachinePost } from './machine.ts';
import { instantOf } from './moment.ts';
import type { Moment } from './moment.ts';

const lacksZone =
  'timestamp names no time zone and is taken for UTC; where it is another, say so in hub.assumeZone of the settings';

/** The time of a body, or `now` if it has none, with warnings about it. `zone` applies to times without a zone. */
export function timeOf(
  moment: Moment | null | undefined,
  zone: string | undefined,
  now: number,
): { at: number; warnings: string[] } {
  if (moment === null || moment === undefined) return { at: now, warnings: [] };
  const warnings = moment.lacksZone && zone === undefined ? [lacksZone] : [];
  return { at: instantOf(moment, zone, now), warnings };
}

/** Converts a machine's body to a post. Throws `invalid_request` if it contains no number. */
export function machinePostOf(body: MachinePost, receiving: Receiving, clock: Clock): OldPost {
  const host = body.agent_id ?? body.hostname ?? '';
  const { at, warnings } = timeOf(body.timestamp, receiving.assumedZone(host), clock.now());
  const { samples, problems, name, warnings: more } = readMachine(body, at);
  if (samples.length === 0) nothingToStore('', problems);
  return {
    host,
    samples,
    problems,
    sender: {
      sources: sourcesOf(samples),
      ...(name === undefined || name === '' ? {} : { tags: { agent_name: name } }),
    },
    warnings: [...warnings, ...more],
  };
}
