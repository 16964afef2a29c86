import type { Clock } from '../../base/clock.ts';
import { nothingToStore } from './acceptance.ts';
import type { OldPost } from './acceptance.ts';
import { readMachine, sourcesOf } from './machine.ts';
import type { MachinePost } from './machine.ts';
import type { Moment } from './moment.ts';

const lacksZone = 'timestamp names no time zone and is taken for UTC';

/** The time of a body, now where it has none, and what is to be said of it. */
export function timeOf(moment: Moment | null | undefined, clock: Clock): { at: number; warnings: string[] } {
  if (moment === null || moment === undefined) return { at: clock.now(), warnings: [] };
  return { at: moment.at, warnings: moment.lacksZone ? [lacksZone] : [] };
}

/** A machine's body as a post. Throws `invalid_request` where it has no number. */
export function machinePostOf(body: MachinePost, clock: Clock): OldPost {
  const { at, warnings } = timeOf(body.timestamp, clock);
  const { samples, problems, name, warnings: more } = readMachine(body, at);
  if (samples.length === 0) nothingToStore('', problems);
  return {
    host: body.agent_id ?? body.hostname ?? '',
    samples,
    problems,
    sender: {
      sources: sourcesOf(samples),
      ...(name === undefined || name === '' ? {} : { tags: { agent_name: name } }),
    },
    warnings: [...warnings, ...more],
  };
}
