import type { ReportFigures, ReportNote } from '../contract/report.ts';
import type { Format } from './format.ts';
import { oneLine } from './words.ts';

/** The report in one sentence: the subject of its mail and the first line of its page. */
export function headline(figures: ReportFigures, format: Format): Pick<ReportNote, 'level' | 'sentence'> {
  const { alerts, failedDeliveries } = figures;
  const { phrases } = format;
  const given = failedDeliveries.reduce((sum, { count }) => sum + count, 0);
  const lost = given === 0 ? [] : [phrases.givenUp(given)];
  if (alerts.rules.length === 0)
    return {
      level: given > 0 ? 'warning' : figures.availability.watchedMs > 0 ? 'ok' : 'unknown',
      sentence: [allClear(figures, format), ...lost].join(' '),
    };
  const { count, critical, rules } = alerts;
  const before = rules.filter((rule) => rule.count === 0).length;
  const still = rules.reduce((sum, { stillFiring }) => sum + stillFiring, 0);
  const name = oneLine(rules[0]?.ruleName ?? '', 60);
  const said =
    count === 0 ? phrases.wentOn(before) : phrases.fired({ count, critical, rules: rules.length, name });
  const end = still === 0 ? phrases.allOver : phrases.stillFire(still);
  const isCritical = rules.some(({ severity }) => severity === 'critical');
  return { level: isCritical ? 'critical' : 'warning', sentence: [said, end, ...lost].join(' ') };
}

/** States that no alert fired, and for which part of the span that is known. */
export function allClear({ availability, from, to }: ReportFigures, format: Format): string {
  const { phrases } = format;
  const { watchedMs } = availability;
  if (watchedMs <= 0) return phrases.unwatched(format.span(to - from));
  const unwatched = to - from - watchedMs;
  if (unwatched < 60_000) return phrases.allClear(format.span(to - from));
  return phrases.clearAsKnown(format.span(watchedMs), format.span(unwatched));
}
