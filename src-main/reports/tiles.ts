import type { BusyHours, ReportFigures } from '../contract/report.ts';
import { watchedText } from './verdict.ts';
import { spanText, valueText, weekdayNames } from './words.ts';

/** One of the main figures of a report, with what it means. */
export interface ReportTile {
  name: string;
  value: string;
  more: string;
}

/** The figures that stand before all others: on the page, and in the mail that brings it. */
export function reportTiles(figures: ReportFigures): ReportTile[] {
  const { from, to, availability, alerts, busiest } = figures;
  const longest = Math.max(0, ...alerts.rules.map(({ longestMs }) => longestMs));
  return [
    {
      name: 'Watched',
      value: watchedText(figures),
      more: `${spanText(availability.watchedMs)} of ${spanText(to - from)}`,
    },
    {
      name: 'Alerts',
      value: String(alerts.count),
      more: alerts.critical === 0 ? 'none critical' : `${alerts.critical} critical`,
    },
    {
      name: 'Longest alert',
      value: alerts.rules.length === 0 ? '—' : spanText(longest),
      more: longestName(figures),
    },
    { name: 'Busiest hour', ...busiestWords(busiest[0]) },
  ];
}

function longestName({ alerts }: ReportFigures): string {
  const [longest] = [...alerts.rules].sort((a, b) => b.longestMs - a.longestMs);
  return longest === undefined ? 'nothing fired' : longest.ruleName;
}

function busiestWords(busy: BusyHours | undefined): Pick<ReportTile, 'value' | 'more'> {
  let best: { value: number; day: number; hour: number } | undefined;
  for (const [day, hours] of (busy?.means ?? []).entries())
    for (const [hour, value] of hours.entries())
      if (value !== null && (best === undefined || value > best.value)) best = { value, day, hour };
  if (busy === undefined || best === undefined) return { value: '—', more: 'no samples' };
  const when = `${weekdayNames[best.day] ?? ''} ${String(best.hour).padStart(2, '0')}:00`;
  return { value: when, more: `${busy.title}, mean ${valueText(best.value, busy.unit)}` };
}
