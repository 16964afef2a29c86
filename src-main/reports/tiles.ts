import type { BusyHours, ReportFigures } from '../contract/report.ts';
import type { Format } from './format.ts';

/** One main figure of a report, with an explanation. */
export interface ReportTile {
  name: string;
  value: string;
  more: string;
}

/** The main figures, for the top of the page and for the mail about the report. */
export function reportTiles(figures: ReportFigures, format: Format): ReportTile[] {
  const { from, to, availability, alerts, busiest } = figures;
  const { tiles } = format.phrases;
  const longest = Math.max(0, ...alerts.rules.map(({ longestMs }) => longestMs));
  return [
    {
      name: tiles.watched,
      value: format.share(availability.watchedMs, to - from),
      more: tiles.watchedOf(format.span(availability.watchedMs), format.span(to - from)),
    },
    {
      name: tiles.alerts,
      value: format.number(alerts.count),
      more: tiles.critical(alerts.critical),
    },
    {
      name: tiles.longest,
      value: alerts.rules.length === 0 ? '—' : format.span(longest),
      more: longestName(figures) ?? tiles.nothingFired,
    },
    { name: tiles.busiest, ...busiestWords(busiest[0], format) },
  ];
}

function longestName({ alerts }: ReportFigures): string | undefined {
  const [longest] = [...alerts.rules].sort((a, b) => b.longestMs - a.longestMs);
  return longest?.ruleName;
}

function busiestWords(busy: BusyHours | undefined, format: Format): Pick<ReportTile, 'value' | 'more'> {
  const { noSamples, meanOf } = format.phrases.tiles;
  let best: { value: number; day: number; hour: number } | undefined;
  for (const [day, hours] of (busy?.means ?? []).entries())
    for (const [hour, value] of hours.entries())
      if (value !== null && (best === undefined || value > best.value)) best = { value, day, hour };
  if (busy === undefined || best === undefined) return { value: '—', more: noSamples };
  const when = `${format.weekday(best.day)} ${String(best.hour).padStart(2, '0')}:00`;
  return {
    value: when,
    more: meanOf(format.title(busy.series.metric, busy.title), format.value(best.value, busy.unit)),
  };
}
