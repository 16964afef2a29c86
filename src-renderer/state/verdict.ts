import type { Level, SourceHealth, Status } from '../../src-main/contract/status.ts';
import type { MarkState } from '../parts/mark-state.ts';
import { lasts } from './spans.ts';

/** What the one sentence at the top says. The interface has words for each. */
export type Headline =
  'ok' | 'partly' | 'crossed' | 'counting' | 'silent' | 'waiting' | 'stopped' | 'nothing';

/** Machines that send to a hub, and those of them that should be heard and are not. */
export interface HostCounts {
  sending: number;
  silent: number;
}

export interface Verdict {
  level: Level;
  headline: Headline;
  /** Lines that are crossed now. */
  crossed: number;
  /** Series that are past a line, but not yet for as long as its rule wants. */
  counting: number;
  /** Enabled sources of which nothing current is known. */
  unknown: number;
  /** The machines that send to this one; null where none does. */
  hosts: HostCounts | null;
  /** Until when nothing is announced, epoch milliseconds; null while there is no pause. */
  pausedUntil: number | null;
  /** Until when a downtime holds everything, epoch milliseconds; null while none does. */
  downtimeUntil: number | null;
}

/** The worst of everything that is known at `now`. A crossed line is said even while sampling has stopped. */
export function verdictOf(status: Status, now: number, hosts: HostCounts | null = null): Verdict {
  const watched = status.sources.filter((source) => source.enabled);
  const readings = newestReadings(status);
  const unknown = watched.filter((source) => !isKnown(source, now, readings)).length;
  const counting = status.rules.filter(({ phase }) => phase === 'pending').length;
  const crossed = status.alerts.length;
  const pausedUntil = lasts(status.pausedUntil, now) ? status.pausedUntil : null;
  const downtimeUntil = status.downtimes
    .filter(({ everything, to }) => everything && lasts(to, now))
    .reduce<number | null>((last, { to }) => Math.max(last ?? to, to), null);
  const say = (headline: Headline, level: Level): Verdict => ({
    headline,
    level,
    crossed,
    counting,
    unknown,
    hosts,
    pausedUntil,
    downtimeUntil,
  });
  if (crossed > 0) {
    return say(
      'crossed',
      status.alerts.some((alert) => alert.severity === 'critical') ? 'critical' : 'warning',
    );
  }
  const collectors = status.stages.find((stage) => stage.stage === 'collectors');
  if (collectors?.state === 'degraded' || collectors?.state === 'stopped') return say('stopped', 'unknown');
  if (watched.length === 0) {
    if (hosts === null || hosts.sending === 0) return say('nothing', 'unknown');
    if (hosts.silent > 0) return say('silent', hosts.silent < hosts.sending ? 'ok' : 'unknown');
    return counting > 0 ? say('counting', 'ok') : say('ok', 'ok');
  }
  if (watched.every((source) => source.lastSuccessAt === null && source.error === null)) {
    return say('waiting', 'unknown');
  }
  if (unknown === watched.length) return say('stopped', 'unknown');
  if (counting > 0) return say('counting', 'ok');
  return unknown > 0 ? say('partly', 'ok') : say('ok', 'ok');
}

/** Whether the source's last collection succeeded, recently enough to speak of now. */
export function isCurrent(source: SourceHealth, now: number): boolean {
  return (
    source.error === null &&
    source.lastSuccessAt !== null &&
    now - source.lastSuccessAt <= staleAfterMs(source.intervalSeconds)
  );
}

/** When each source last gave a number besides that it was not reached, epoch milliseconds. */
export type NewestReadings = ReadonlyMap<string, number>;

export function newestReadings({ latest }: Pick<Status, 'latest'>): NewestReadings {
  const newest = new Map<string, number>();
  for (const { source, metric, value, at } of latest) {
    if (metric === 'reachable' && value === 0) continue;
    newest.set(source, Math.max(at, newest.get(source) ?? at));
  }
  return newest;
}

/**
 * Whether something current is known of a source: a reading that leaves a part out has the rest, and hardware that a machine
 * does not have is no gap.
 */
export function isKnown(source: SourceHealth, now: number, readings: NewestReadings): boolean {
  return isCurrent(source, now) || lacksHardware(source) || isPartly(source, now, readings);
}

/** Whether the last collection brought numbers besides its error, recently enough to speak of now. */
function isPartly(
  { source, lastErrorAt, intervalSeconds }: SourceHealth,
  now: number,
  readings: NewestReadings,
) {
  const at = readings.get(source);
  return at !== undefined && at >= (lastErrorAt ?? at) && now - at <= staleAfterMs(intervalSeconds);
}

/** A machine without a battery, or without sensors, has nothing that could be mended. */
function lacksHardware({ kind, error }: SourceHealth): boolean {
  return error?.code === 'unsupported' && (kind === 'battery' || kind === 'temperatures');
}

/**
 * Whether nothing has come of a source for so long that somebody should look: one failed attempt is nothing yet. A script that
 * waits for its approval fails for another reason, of which its owner is told as such, and so does what waits for our own network.
 */
export function ailsForLong(source: SourceHealth, now: number, readings: NewestReadings): boolean {
  const { enabled, error, lastSuccessAt, intervalSeconds } = source;
  if (!enabled || error?.code === 'not_approved' || error?.code === 'network_down') return false;
  if (lacksHardware(source) || isPartly(source, now, readings)) return false;
  if (lastSuccessAt === null) return error !== null;
  return now - lastSuccessAt > staleAfterMs(intervalSeconds);
}

/** After how long without a sample a value says nothing about now: three intervals, but at least a minute. */
export function staleAfterMs(intervalSeconds: number): number {
  return Math.max(3 * intervalSeconds * 1000, 60_000);
}

/** The mark beside the sentence. A pause or a downtime of everything is shown whatever is the matter: it is the reader's own doing. */
export function markOf(verdict: Verdict): MarkState {
  return verdict.pausedUntil === null && verdict.downtimeUntil === null ? verdict.level : 'paused';
}
