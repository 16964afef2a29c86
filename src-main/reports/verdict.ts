import type { ReportFigures } from '../contract/report.ts';
import { oneLine, spanText } from './words.ts';

/** The report in one sentence: what a mail says as its subject, and the page before anything else. */
export function headline(figures: ReportFigures): { level: 'ok' | 'warning' | 'critical'; sentence: string } {
  const { alerts, failedDeliveries } = figures;
  const given = failedDeliveries.reduce((sum, { count }) => sum + count, 0);
  const lost =
    given === 0 ? '' : ` ${given === 1 ? 'One delivery was' : `${given} deliveries were`} given up.`;
  if (alerts.rules.length === 0)
    return { level: given === 0 ? 'ok' : 'warning', sentence: allClear(figures) + lost };
  const [most] = alerts.rules;
  const fired = alerts.count === 1 ? 'One alert fired' : `${alerts.count} alerts fired`;
  const critical = alerts.critical === 0 ? 'none of them critical' : `${alerts.critical} critical`;
  const before = alerts.rules.filter(({ count }) => count === 0).length;
  const still = alerts.rules.reduce((sum, { stillFiring }) => sum + stillFiring, 0);
  const name = oneLine(most?.ruleName ?? '', 60);
  const said =
    alerts.count === 0
      ? `No new alert fired; ${before === 1 ? 'one' : before} from before went on.`
      : `${fired}, ${critical}; ${alerts.rules.length === 1 ? 'all of' : 'most often'} “${name}”.`;
  const end =
    still === 0
      ? ' All are over.'
      : ` ${still === 1 ? 'One still fires' : `${still} still fire`} at the end.`;
  const isCritical = alerts.rules.some(({ severity }) => severity === 'critical');
  return { level: isCritical ? 'critical' : 'warning', sentence: said + end + lost };
}

/** That nothing fired, and for how much of the span that is known. */
export function allClear({ availability, from, to }: ReportFigures): string {
  const { watchedMs } = availability;
  const span = to - from;
  if (watchedMs <= 0) return `Nothing is known of these ${spanText(span)}: Plimsoll did not watch.`;
  const unwatched = span - watchedMs;
  if (unwatched < 60_000) return `All clear: nothing crossed a line in these ${spanText(span)}.`;
  return `All clear as far as is known: nothing crossed a line in the ${spanText(watchedMs)} that were watched; ${spanText(unwatched)} were not.`;
}

/** How much of the span was watched, never rounded up to all of it. */
export function watchedText({ availability, from, to }: ReportFigures): string {
  const percent = (100 * availability.watchedMs) / (to - from);
  if (percent >= 100) return '100 %';
  return `${(Math.floor(percent * 10) / 10).toFixed(1)} %`;
}
