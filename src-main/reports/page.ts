import type {
  BusyHours,
  ReportChart,
  ReportContent,
  ReportFigures,
  ReportMetric,
} from '../contract/report.ts';
import { seriesKey } from '../contract/series-key.ts';
import type { SeriesRange } from '../contract/history.ts';
import { drawAlertDays, drawChart, drawSpark, frameOf } from './chart.ts';
import type { Frame } from './chart.ts';
import { pageStyle } from './page-style.ts';
import { pageTheme } from './theme.ts';
import { reportTiles } from './tiles.ts';
import { allClear, headline } from './verdict.ts';
import { escaped, spanText, valueText, weekdayNames } from './words.ts';
import type { Calendar } from './words.ts';

const chartSize = { width: 500, height: 220 };
const wideSize = { width: 1040, height: 240 };

/** Nothing is fetched and nothing runs, also where somebody opens the file from an unsafe place. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report as one HTML file that needs nothing else: no script, no font, no picture from anywhere. */
export function reportPage(content: ReportContent, sparks: readonly SeriesRange[]): string {
  const { figures } = content;
  const frame = frameOf(content, pageTheme);
  const { calendar } = frame;
  const title = `${escaped(figures.host, 80)}, ${calendar.minute(figures.from)} to ${calendar.minute(figures.to)}`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>Metrics report: ${title}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    pageHead(figures, calendar),
    '<main>',
    availabilitySection(figures, frame),
    chartsSection('system', 'System', content.system, frame, 'No source of this machine is in the settings.'),
    metricsSection(figures, sparks, frame),
    busiestSection(figures.busiest),
    alertsSection(figures),
    processesSection(content, frame),
    deliveriesSection(figures, calendar),
    '</main>',
    `<footer><p>Made ${calendar.minute(figures.madeAt)} by Plimsoll ${escaped(figures.version)}. All times are of the zone ${escaped(calendar.zone)}. A dash stands for what is not known; nothing that is missing was counted as 0.</p></footer>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const mark =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="7.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M1.5 12h21" stroke="currentColor" stroke-width="2"/></svg>';

function pageHead(figures: ReportFigures, calendar: Calendar): string {
  const { from, to, host } = figures;
  const { level, sentence } = headline(figures);
  const rows = reportTiles(figures).map(
    ({ name, value, more }) =>
      `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}<small><bdi>${escaped(more)}</bdi></small></dd></div>`,
  );
  return [
    '<header>',
    `<p class="brand">${mark}Plimsoll</p>`,
    `<h1>Metrics report for <bdi>${escaped(host, 80)}</bdi></h1>`,
    `<p>${calendar.minute(from)} to ${calendar.minute(to)}, ${spanText(to - from)}</p>`,
    `<p class="said ${level}">${escaped(sentence, 400)}</p>`,
    `<dl class="tiles">${rows.join('')}</dl>`,
    '</header>',
  ].join('\n');
}

function availabilitySection({ availability, from, to }: ReportFigures, { calendar }: Frame): string {
  const { watchedMs, asleepMs, offMs, noDataMs, gaps } = availability;
  const parts = [
    { name: 'Watched', ms: watchedMs, colour: 'var(--calm)' },
    { name: 'Asleep', ms: asleepMs, colour: 'var(--series-one)' },
    { name: 'Plimsoll was off', ms: offMs, colour: 'var(--series-two)' },
    { name: 'No data', ms: noDataMs, colour: 'var(--hatch)' },
  ];
  const colours = { asleep: parts[1], off: parts[2], no_data: parts[3] };
  const x = (at: number) => (1000 * (at - from)) / (to - from);
  const strips = gaps.map(
    (gap) =>
      `<rect x="${x(gap.from).toFixed(1)}" width="${Math.max(1, x(gap.to) - x(gap.from)).toFixed(1)}" height="10" fill="${colours[gap.why]?.colour ?? ''}"/>`,
  );
  const keys = parts.map(
    ({ name, ms, colour }) =>
      `<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" rx="3" fill="${colour}"/></svg>${name} <strong>${ms === 0 ? 'never' : spanText(ms)}</strong></li>`,
  );
  const longest = [...gaps]
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, 5)
    .sort((a, b) => a.from - b.from);
  const names = { asleep: 'asleep', off: 'off', no_data: 'no data' };
  const rows = longest.map(
    (gap) =>
      `<tr><td>${calendar.minute(gap.from)}</td><td>${calendar.minute(gap.to)}</td><td class="n">${spanText(gap.to - gap.from)}</td><td>${names[gap.why]}</td></tr>`,
  );
  const table = scrolled(
    'Longest gaps',
    `<table><caption>${gaps.length > longest.length ? `The longest of ${gaps.length} gaps` : 'Gaps'}</caption><thead><tr><th scope="col">From</th><th scope="col">To</th><th scope="col" class="n">Lasted</th><th scope="col">Why</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
  return section(
    'availability',
    'Availability',
    'How long this machine was watched, asleep, or without Plimsoll. “Asleep” is also a Plimsoll that was stopped and went on.',
    `<div class="bar"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect width="1000" height="10" fill="var(--calm)"/>${strips.join('')}</svg></div>` +
      `<ul class="keys">${keys.join('')}</ul>` +
      (gaps.length === 0 ? '' : `<div style="margin-top:12px">${table}</div>`),
  );
}

function chartsSection(
  id: string,
  title: string,
  charts: readonly ReportChart[],
  frame: Frame,
  nothing: string,
): string {
  if (charts.length === 0) return section(id, title, null, `<p class="note">${escaped(nothing, 300)}</p>`);
  const figures = charts.map((chart) => figureOf(chart, frame));
  return section(id, title, null, `<div class="charts">${figures.join('\n')}</div>`);
}

function figureOf(chart: ReportChart, frame: Frame): string {
  const said = chart.series.map(({ name, range: { summary } }) => {
    if (summary === null) return `${name}: no samples`;
    const [min, avg, max] = [summary.min, summary.avg, summary.max].map((value) =>
      valueText(value, chart.unit, chart.sign),
    );
    return `${name}: from ${min ?? ''} to ${max ?? ''}, mean ${avg ?? ''}`;
  });
  const drawn = drawChart(chart, frame, chartSize);
  return `<figure><h3>${escaped(chart.title)}</h3>${graphic(`${chart.title}. ${said.join('; ')}`, chartSize, drawn)}</figure>`;
}

function graphic(label: string, { width, height }: { width: number; height: number }, drawn: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label, 600)}">${drawn}</svg>`;
}

function metricsSection(figures: ReportFigures, sparks: readonly SeriesRange[], frame: Frame): string {
  const { metrics, seriesLeftOut } = figures;
  if (metrics.length === 0)
    return section('metrics', 'Metrics', null, '<p class="note">No samples in this span.</p>');
  const ranges = new Map(sparks.map((range) => [seriesKey(range.series), range]));
  const groups = new Map<string, ReportMetric[]>();
  for (const metric of metrics) {
    const name =
      metric.series.host === figures.host
        ? metric.series.source
        : `${metric.series.host} / ${metric.series.source}`;
    groups.set(name, [...(groups.get(name) ?? []), metric]);
  }
  const bodies = [...groups].map(
    ([name, members]) =>
      `<tbody class="group"><tr><th scope="rowgroup" colspan="8"><bdi>${escaped(name)}</bdi></th></tr>${members.map((metric) => metricRow(metric, ranges.get(seriesKey(metric.series)), frame)).join('')}</tbody>`,
  );
  const heads = ['Last', 'Smallest', 'Mean', '95 % are up to', 'Largest'];
  const table = `<table><thead><tr><th scope="col">Metric</th><th scope="col">Course</th>${heads.map((head) => `<th scope="col" class="n">${head}</th>`).join('')}<th scope="col">Worst moment</th></tr></thead>${bodies.join('')}</table>`;
  const note =
    seriesLeftOut === 0
      ? 'Every series with samples in this span.'
      : `${metrics.length} series; ${seriesLeftOut} more have samples in this span and are not in this report.`;
  return section('metrics', 'Metrics and worst moments', note, scrolled('Metrics', table));
}

function metricRow(metric: ReportMetric, range: SeriesRange | undefined, frame: Frame): string {
  const { title, unit, sign, summary, p95, worst, series } = metric;
  const shown = (value: number | null) => (value === null ? '—' : escaped(valueText(value, unit, sign)));
  const labels = Object.values(series.labels);
  const name =
    `<bdi>${escaped(title)}</bdi>` +
    (labels.length === 0 ? '' : `<small><bdi>${escaped(labels.join(', '), 80)}</bdi></small>`);
  const spark =
    range === undefined || range.at.length === 0
      ? ''
      : `<svg viewBox="0 0 110 26" aria-hidden="true">${drawSpark(range, frame, { width: 110, height: 26 })}</svg>`;
  const why = worst.alert === null ? '' : `<small>fired: <bdi>${escaped(worst.alert.ruleName)}</bdi></small>`;
  return (
    `<tr><th scope="row">${name}</th><td class="spark">${spark}</td>` +
    [summary.last, summary.min, summary.avg, p95, summary.max]
      .map((value) => `<td class="n">${shown(value)}</td>`)
      .join('') +
    `<td class="when">${shown(worst.value)}, ${frame.calendar.minute(worst.at)}${why}</td></tr>`
  );
}

function busiestSection(busiest: readonly BusyHours[]): string {
  const known = busiest.filter(({ means }) => means.some((day) => day.some((value) => value !== null)));
  if (known.length === 0) return '';
  const tables = known.map((busy) => {
    const values = busy.means.flat().filter((value) => value !== null);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const hours = Array.from({ length: 24 }, (_, hour) => `<th scope="col">${hour}</th>`).join('');
    const rows = busy.means.flatMap((day, index) => {
      if (day.every((value) => value === null)) return [];
      const cells = day.map((value) => {
        if (value === null) return '<td class="none">–</td>';
        const heat = Math.min(3, Math.floor((4 * (value - low)) / (high - low || 1)));
        return `<td class="h${heat}">${escaped(shortText(value, busy.unit))}</td>`;
      });
      return [`<tr><th scope="row">${weekdayNames[index] ?? ''}</th>${cells.join('')}</tr>`];
    });
    return `<div class="heat" style="margin-top:12px">${scrolled(
      `${busy.title} by the hour`,
      `<table><caption>${escaped(busy.title)}, mean of each hour${busy.unit === 'percent' ? ' in percent' : ''}</caption><thead><tr><th scope="col">Hour</th>${hours}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
    )}</div>`;
  });
  return section('busiest', 'Busiest hours', 'The stronger the colour, the more.', tables.join(''));
}

/** As few letters as a narrow cell has room for. */
function shortText(value: number, unit: BusyHours['unit']): string {
  return unit === 'percent' ? String(Math.round(value)) : valueText(value, unit);
}

function alertsSection(figures: ReportFigures): string {
  const { alerts, alertDays } = figures;
  const label =
    alertDays.rules.length === 0
      ? 'Alerts by day: none fired in the seven days up to the end of this report'
      : `Alerts by day: ${alertDays.days.map(({ day, counts }) => `${day}: ${Object.values(counts).reduce((sum, one) => sum + one, 0)}`).join(', ')}`;
  const chart = `<figure><h3>The seven days up to the end of this report</h3>${graphic(label, wideSize, drawAlertDays(alertDays, pageTheme, wideSize))}</figure>`;
  const rows = alerts.rules.map(
    ({ ruleName, severity, count, firingMs, longestMs, stillFiring }) =>
      `<tr><th scope="row"><bdi>${escaped(ruleName)}</bdi></th><td><span class="severity ${severity}">${severity}</span></td><td class="n">${count === 0 ? 'before' : count}</td><td class="n">${spanText(firingMs)}</td><td class="n">${spanText(longestMs)}</td><td>${stillFiring > 0 ? 'fires still' : 'over'}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? `<p class="note">${escaped(allClear(figures), 300)}</p>`
      : scrolled(
          'Alerts by rule',
          `<table><thead><tr><th scope="col">Rule</th><th scope="col">Severity</th><th scope="col" class="n">Fired</th><th scope="col" class="n">Time firing</th><th scope="col" class="n">Longest</th><th scope="col">At the end</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
        );
  const note = alerts.isComplete
    ? null
    : 'There were more alerts than a report counts: the newest ones are counted, and there were others before.';
  return section('alerts', 'Alerts', note, `${table}<div style="margin-top:16px">${chart}</div>`);
}

function processesSection({ figures, processes }: ReportContent, frame: Frame): string {
  const nothing =
    'No source of kind processes is in the settings, so nobody knows which programs used most. Add one under Sources.';
  const charts = chartsSection('processes', 'Processes', processes, frame, nothing);
  if (figures.programs.length === 0) return charts;
  const rows = figures.programs.map(({ program, cpu, memory }) => {
    const cells = [
      cpu && valueText(cpu.avg, 'percent'),
      cpu && valueText(cpu.max, 'percent'),
      memory && valueText(memory.avg, 'bytes'),
      memory && valueText(memory.max, 'bytes'),
    ];
    return `<tr><th scope="row"><bdi>${escaped(program)}</bdi></th>${cells.map((cell) => `<td class="n">${cell ?? '—'}</td>`).join('')}</tr>`;
  });
  const heads = ['CPU, mean', 'CPU, largest', 'Memory, mean', 'Memory, largest'];
  const table = `<table><caption>Programs, the one that used most processor time first. 100 % is one core, and means are of the time in which a program was among the top.</caption><thead><tr><th scope="col">Program</th>${heads.map((head) => `<th scope="col" class="n">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return charts.replace(
    /<\/section>$/,
    `<div style="margin-top:16px">${scrolled('Top programs', table)}</div></section>`,
  );
}

function deliveriesSection({ failedDeliveries }: ReportFigures, calendar: Calendar): string {
  if (failedDeliveries.length === 0)
    return section(
      'deliveries',
      'Deliveries',
      null,
      '<p class="note">No delivery was given up in this span.</p>',
    );
  const rows = failedDeliveries.map(
    ({ destination, count, lastAt, error }) =>
      `<tr><th scope="row"><bdi>${escaped(destination)}</bdi></th><td class="n">${count}</td><td>${calendar.minute(lastAt)}</td><td><bdi>${error === null ? '—' : escaped(error, 300)}</bdi></td></tr>`,
  );
  return section(
    'deliveries',
    'Deliveries',
    'What could not be delivered and was given up.',
    scrolled(
      'Deliveries that failed',
      `<table><thead><tr><th scope="col">Destination</th><th scope="col" class="n">Given up</th><th scope="col">Last</th><th scope="col">What went wrong</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
    ),
  );
}

function section(id: string, title: string, note: string | null, inner: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2>${note === null ? '' : `<p class="note">${escaped(note, 300)}</p>`}${inner}</section>`;
}

/** Wide tables move inside of their frame; who has only a keyboard can do that too. */
function scrolled(label: string, table: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(label)}">${table}</div>`;
}
