import type { Level, SourceHealth, Status } from '../../src-main/contract/status.ts';
import type { MarkState } from '../parts/mark-state.ts';
import { lasts } from './spans.ts';

/** The message of the sentence at the top. The interface has a text for each. */
export type Headline =
  'ok' | 'partly' | 'crossed' | 'counting' | 'silent' | 'waiting' | 'stopped' | 'nothing';

/** Hosts that send to a hub, and those that are silent but should not be. */
export interface HostCounts {
  sending: number;
  silent: number;
}

export interface Verdict {
  level: Level;
  headline: Headline;
  /** Number of firing alerts. */
  crossed: number;
  /** Number of series beyond a threshold, but not yet for as long as their rule requires. */
  counting: number;
  /** Number of enabled sources without current data. */
  unknown: number;
  /** Hosts that send to this machine; null if none do. */
  hosts: HostCounts | null;
  /** End of the pause, epoch milliseconds; null without one. */
  pausedUntil: number | null;
  /** End of the downtime of everything, epoch milliseconds; null without one. */
  downtimeUntil: number | null;
}

/** The worst of all known facts at `now`. A crossed threshold is reported even if sampling has stopped. */
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

/** Whether the source's last collection succeeded recently enough to be current. */
export function isCurrent(source: SourceHealth, now: number): boolean {
  return (
    source.error === null &&
    source.lastSuccessAt !== null &&
    now - source.lastSuccessAt <= staleAfterMs(source.intervalSeconds)
  );
}

/** Time of each source's last number, not counting those that report it unreachable, epoch milliseconds. */
export type NewestReadings = ReadonlyMap<string, number>;

export function newestReadings({ latest }: Pick<Status, 'latest'>): NewestReadings {
  const newest = new Map<string, number>();
  for (const { source, metric, value, at } of latest) {
    if (metric === 'reachable' && value === 0) continue;
    newest.set(source, Math.max(at, newest.get(source) ?? at));
  }
  return newest;
}

/** Whether a source has current data. A partial reading counts, and missing hardware is no failure. */
export function isKnown(source: SourceHealth, now: number, readings: NewestReadings): boolean {
  return isCurrent(source, now) || lacksHardware(source) || isPartly(source, now, readings);
}

/** Whether the last collection brought numbers besides its error, recently enough to be current. */
function isPartly(
  { source, lastErrorAt, intervalSeconds }: SourceHealth,
  now: number,
  readings: NewestReadings,
) {
  const at = readings.get(source);
  return at !== undefined && at >= (lastErrorAt ?? at) && now - at <= staleAfterMs(intervalSeconds);
}

/** A machine without a battery or sensors has nothing to mend. */
function lacksHardware({ kind, error }: SourceHealth): boolean {
  return error?.code === 'unsupported' && (kind === 'battery' || kind === 'temperatures');
}

/**
 * Whether a source has failed for so long that somebody should look; a single failure does not count. Scripts that wait
 * for approval and failures of our own network are excluded, because they are reported separately.
 */
export function ailsForLong(source: SourceHealth, now: number, readings: NewestReadings): boolean {
  const { enabled, error, lastSuccessAt, intervalSeconds } = source;
  if (!enabled || error?.code === 'not_approved' || error?.code === 'network_down') return false;
  if (lacksHardware(source) || isPartly(source, now, readings)) return false;
  if (lastSuccessAt === null) return error !== null;
  return now - lastSuccessAt > staleAfterMs(intervalSeconds);
}

/** How long a value counts as current without a new sample, in milliseconds: three intervals, but at least a minute. */
export function staleAfterMs(intervalSeconds: number): number {
  return Math.max(3 * intervalSeconds * 1000, 60_000);
}

/** The mark beside the sentence. A pause or a downtime of everything takes precedence, because the reader chose it. */
export function markOf(verdict: Verdict): MarkState {
  return verdict.pausedUntil === null && verdict.downtimeUntil === null ? verdict.level : 'paused';
}
