import type {
  BusyHours,
  ReportChart,
  ReportContent,
  ReportFigures,
  ReportMetric,
} from '../contract/report.ts';
import { seriesKey } from '../contract/series-key.ts';
import type { SeriesRange } from '../contract/history.ts';
import type { Format } from './format.ts';
import { drawAlertDays, drawChart, drawSpark, frameOf } from './chart.ts';
import type { Frame } from './chart.ts';
import { pageStyle } from './page-style.ts';
import { pageTheme } from './theme.ts';
import { reportTiles } from './tiles.ts';
import { allClear, headline } from './verdict.ts';
import { escaped } from './words.ts';

const chartSize = { width: 500, height: 220 };
const wideSize = { width: 1040, height: 240 };

/** Blocks all loading and scripts, even if the file is opened from an untrusted place. */
const policy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'";

/** The report as one self-contained HTML file, without scripts, external fonts or pictures. */
export function reportPage(content: ReportContent, sparks: readonly SeriesRange[], format: Format): string {
  const { figures } = content;
  const frame = frameOf(content, format, pageTheme);
  const { phrases } = format;
  const title = `${phrases.report} ${figures.host}, ${stretchOf(figures, format)}`;
  const made = phrases.made(format.minute(figures.madeAt), figures.version, format.calendar.zone);
  return [
    '<!doctype html>',
    `<html lang="${format.language}">`,
    '<head>',
    '<meta charset="utf-8">',
    `<meta http-equiv="Content-Security-Policy" content="${policy}">`,
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    `<title>${escaped(title, 200)}</title>`,
    `<style>${pageStyle}</style>`,
    '</head>',
    '<body>',
    pageHead(figures, format),
    '<main>',
    availabilitySection(figures, frame),
    chartsSection('system', phrases.system, content.system, frame),
    metricsSection(figures, sparks, frame),
    busiestSection(figures.busiest, format),
    alertsSection(figures, frame),
    processesSection(content, frame),
    deliveriesSection(figures, format),
    '</main>',
    `<footer><p>${escaped(made, 400)}</p></footer>`,
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

const mark =
  '<svg viewBox="0 0 24 24" aria-hidden="true"><circle cx="12" cy="12" r="7.5" fill="none" stroke="currentColor" stroke-width="2"/><path d="M1.5 12h21" stroke="currentColor" stroke-width="2"/></svg>';

function stretchOf({ from, to }: ReportFigures, format: Format): string {
  return format.phrases.stretch(format.minute(from), format.minute(to));
}

function pageHead(figures: ReportFigures, format: Format): string {
  const { from, to, host } = figures;
  const { level, sentence } = headline(figures, format);
  const rows = reportTiles(figures, format).map(
    ({ name, value, more }) =>
      `<div><dt>${escaped(name)}</dt><dd>${escaped(value)}<small><bdi>${escaped(more)}</bdi></small></dd></div>`,
  );
  return [
    '<header>',
    `<p class="brand">${mark}Plimsoll</p>`,
    `<h1>${escaped(format.phrases.report)} <bdi>${escaped(host, 80)}</bdi></h1>`,
    `<p>${escaped(`${stretchOf(figures, format)}, ${format.span(to - from)}`)}</p>`,
    `<p class="said ${level}">${escaped(sentence, 400)}</p>`,
    `<dl class="tiles">${rows.join('')}</dl>`,
    '</header>',
  ].join('\n');
}

function availabilitySection({ availability, from, to }: ReportFigures, { format }: Frame): string {
  const { watchedMs, asleepMs, offMs, noDataMs, gaps } = availability;
  const { title, about, parts: names, never, heads, ...words } = format.phrases.availability;
  const parts = [
    { name: names.watched, ms: watchedMs, colour: 'var(--calm)' },
    { name: names.asleep, ms: asleepMs, colour: 'var(--series-one)' },
    { name: names.off, ms: offMs, colour: 'var(--series-two)' },
    { name: names.noData, ms: noDataMs, colour: 'var(--hatch)' },
  ];
  const colours = { asleep: parts[1], off: parts[2], no_data: parts[3] };
  const x = (at: number) => (1000 * (at - from)) / (to - from);
  const strips = gaps.map(
    (gap) =>
      `<rect x="${x(gap.from).toFixed(1)}" width="${Math.max(1, x(gap.to) - x(gap.from)).toFixed(1)}" height="10" fill="${colours[gap.why]?.colour ?? ''}"/>`,
  );
  const keys = parts.map(
    ({ name, ms, colour }) =>
      `<li><svg viewBox="0 0 12 12" aria-hidden="true"><rect width="12" height="12" rx="3" fill="${colour}"/></svg>${name} <strong>${ms === 0 ? never : format.span(ms)}</strong></li>`,
  );
  const longest = [...gaps]
    .sort((a, b) => b.to - b.from - (a.to - a.from))
    .slice(0, 5)
    .sort((a, b) => a.from - b.from);
  const rows = longest.map(
    (gap) =>
      `<tr><td>${format.minute(gap.from)}</td><td>${format.minute(gap.to)}</td><td class="n">${format.span(gap.to - gap.from)}</td><td>${format.phrases.gaps[gap.why]}</td></tr>`,
  );
  const table = scrolled(
    words.longestGaps,
    `<table><caption>${gaps.length > longest.length ? words.longestOf(gaps.length) : words.gaps}</caption><thead><tr><th scope="col">${heads.from}</th><th scope="col">${heads.to}</th><th scope="col" class="n">${heads.lasted}</th><th scope="col">${heads.why}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
  );
  return section(
    'availability',
    title,
    about,
    `<div class="bar"><svg viewBox="0 0 1000 10" preserveAspectRatio="none" aria-hidden="true"><rect width="1000" height="10" fill="var(--calm)"/>${strips.join('')}</svg></div>` +
      `<ul class="keys">${keys.join('')}</ul>` +
      (gaps.length === 0 ? '' : `<div style="margin-top:12px">${table}</div>`),
  );
}

function chartsSection(
  id: string,
  { title, nothing }: { title: string; nothing: string },
  charts: readonly ReportChart[],
  frame: Frame,
): string {
  if (charts.length === 0) return section(id, title, null, `<p class="note">${escaped(nothing, 300)}</p>`);
  const figures = charts.map((chart) => figureOf(chart, frame));
  return section(id, title, null, `<div class="charts">${figures.join('\n')}</div>`);
}

function figureOf(chart: ReportChart, frame: Frame): string {
  const { format } = frame;
  const { course, courseUnknown } = format.phrases;
  const names = format.names(chart);
  const said = chart.series.map(({ range: { summary } }, index) => {
    const name = names[index] ?? '';
    if (summary === null) return courseUnknown(name);
    const shown = (value: number) => format.value(value, chart.unit, chart.sign);
    return course(name, shown(summary.min), shown(summary.max), shown(summary.avg));
  });
  const heading = format.heading(chart);
  const drawn = drawChart(chart, frame, chartSize);
  return `<figure><h3>${escaped(heading)}</h3>${graphic(`${heading}. ${said.join('; ')}`, chartSize, drawn)}</figure>`;
}

function graphic(label: string, { width, height }: { width: number; height: number }, drawn: string): string {
  return `<svg viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(label, 600)}">${drawn}</svg>`;
}

function metricsSection(figures: ReportFigures, sparks: readonly SeriesRange[], frame: Frame): string {
  const { metrics, seriesLeftOut } = figures;
  const { table: words, noSamples } = frame.format.phrases;
  if (metrics.length === 0) return section('metrics', words.label, null, `<p class="note">${noSamples}.</p>`);
  const ranges = new Map(sparks.map((range) => [seriesKey(range.series), range]));
  const groups = new Map<string, ReportMetric[]>();
  for (const metric of metrics) {
    const name =
      metric.series.host === figures.host
        ? frame.format.source(metric.series.source, metric.kind)
        : `${metric.series.host} / ${metric.series.source}`;
    groups.set(name, [...(groups.get(name) ?? []), metric]);
  }
  const bodies = [...groups].map(
    ([name, members]) =>
      `<tbody class="group"><tr><th scope="rowgroup" colspan="8"><bdi>${escaped(name)}</bdi></th></tr>${members.map((metric) => metricRow(metric, ranges.get(seriesKey(metric.series)), frame)).join('')}</tbody>`,
  );
  const { heads } = words;
  const table = `<table><thead><tr><th scope="col">${heads.metric}</th><th scope="col">${heads.course}</th>${words.figures.map((head) => `<th scope="col" class="n">${head}</th>`).join('')}<th scope="col">${heads.worst}</th></tr></thead>${bodies.join('')}</table>`;
  const note = seriesLeftOut === 0 ? words.all : words.some(metrics.length, seriesLeftOut);
  return section('metrics', words.title, note, scrolled(words.label, table));
}

function metricRow(metric: ReportMetric, range: SeriesRange | undefined, frame: Frame): string {
  const { title, unit, sign, summary, p95, worst, series } = metric;
  const { format } = frame;
  const shown = (value: number | null) =>
    value === null ? '—' : escaped(format.ofMetric(series.metric, value, unit, sign));
  const labels = Object.values(series.labels);
  const name =
    `<bdi>${escaped(format.title(series.metric, title))}</bdi>` +
    (labels.length === 0 ? '' : `<small><bdi>${escaped(labels.join(', '), 80)}</bdi></small>`);
  const spark =
    range === undefined || range.at.length === 0
      ? ''
      : `<svg viewBox="0 0 110 26" aria-hidden="true">${drawSpark(range, frame, { width: 110, height: 26 })}</svg>`;
  const { fired, constant } = format.phrases.table;
  const moment =
    summary.min === summary.max && worst.alert === null
      ? constant
      : `${shown(worst.value)}<small>${format.minute(worst.at)}</small>`;
  const why =
    worst.alert === null ? '' : `<small>${fired} <bdi>${escaped(worst.alert.ruleName)}</bdi></small>`;
  return (
    `<tr><th scope="row">${name}</th><td class="spark">${spark}</td>` +
    [summary.last, summary.min, summary.avg, p95, summary.max]
      .map((value) => `<td class="n">${shown(value)}</td>`)
      .join('') +
    `<td class="when">${moment}${why}</td></tr>`
  );
}

function busiestSection(busiest: readonly BusyHours[], format: Format): string {
  const words = format.phrases.busiest;
  const known = busiest.filter(({ means }) => means.some((day) => day.some((value) => value !== null)));
  if (known.length === 0) return '';
  const tables = known.map((busy) => {
    const title = format.title(busy.series.metric, busy.title);
    const values = busy.means.flat().filter((value) => value !== null);
    const [low, high] = [Math.min(...values), Math.max(...values)];
    const hours = Array.from({ length: 24 }, (_, hour) => `<th scope="col">${hour}</th>`).join('');
    const rows = busy.means.flatMap((day, index) => {
      if (day.every((value) => value === null)) return [];
      const cells = day.map((value) => {
        if (value === null) return '<td class="none">–</td>';
        const heat = Math.min(3, Math.floor((4 * (value - low)) / (high - low || 1)));
        return `<td class="h${heat}">${escaped(shortText(value, busy.unit, format))}</td>`;
      });
      return [`<tr><th scope="row">${format.weekday(index)}</th>${cells.join('')}</tr>`];
    });
    return `<div class="heat" style="margin-top:12px">${scrolled(
      words.byTheHour(title),
      `<table><caption>${escaped(words.caption(title, busy.unit === 'percent'))}</caption><thead><tr><th scope="col">${words.hour}</th>${hours}</tr></thead><tbody>${rows.join('')}</tbody></table>`,
    )}</div>`;
  });
  return section('busiest', words.title, words.about, tables.join(''));
}

/** The shortest form, for a narrow cell. */
function shortText(value: number, unit: BusyHours['unit'], format: Format): string {
  return unit === 'percent' ? format.number(Math.round(value)) : format.value(value, unit);
}

function alertsSection(figures: ReportFigures, frame: Frame): string {
  const { alerts, alertDays } = figures;
  const { format } = frame;
  const words = format.phrases.alerts;
  const days = alertDays.days.map(({ day, counts }) => {
    const count = Object.values(counts).reduce((sum, one) => sum + one, 0);
    return `${format.day(day)}: ${format.number(count)}`;
  });
  const label = `${words.byDay}: ${alertDays.rules.length === 0 ? words.noneInSevenDays : days.join(', ')}`;
  const chart = `<figure><h3>${words.sevenDays}</h3>${graphic(label, wideSize, drawAlertDays(alertDays, frame, wideSize))}</figure>`;
  const rows = alerts.rules.map(
    ({ ruleName, severity, count, firingMs, longestMs, stillFiring }) =>
      `<tr><th scope="row"><bdi>${escaped(ruleName)}</bdi></th><td><span class="severity ${severity}">${words.severity[severity]}</span></td><td class="n">${count === 0 ? words.before : format.number(count)}</td><td class="n">${format.span(firingMs)}</td><td class="n">${format.span(longestMs)}</td><td>${stillFiring > 0 ? words.firesStill : words.over}</td></tr>`,
  );
  const { heads } = words;
  const table =
    rows.length === 0
      ? `<p class="note">${escaped(allClear(figures, format), 300)}</p>`
      : scrolled(
          words.label,
          `<table><thead><tr><th scope="col">${heads.rule}</th><th scope="col">${heads.severity}</th><th scope="col" class="n">${heads.fired}</th><th scope="col" class="n">${heads.firing}</th><th scope="col" class="n">${heads.longest}</th><th scope="col">${heads.atEnd}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
        );
  const note = alerts.isComplete ? null : words.incomplete;
  return section('alerts', words.title, note, `${table}<div style="margin-top:16px">${chart}</div>`);
}

function processesSection({ figures, processes }: ReportContent, frame: Frame): string {
  const { format } = frame;
  const words = format.phrases.processes;
  const charts = chartsSection('processes', words, processes, frame);
  if (figures.programs.length === 0) return charts;
  const rows = figures.programs.map(({ program, cpu, memory }) => {
    const cells = [
      cpu && format.value(cpu.avg, 'percent'),
      cpu && format.value(cpu.max, 'percent'),
      memory && format.value(memory.avg, 'bytes'),
      memory && format.value(memory.max, 'bytes'),
    ];
    return `<tr><th scope="row"><bdi>${escaped(program)}</bdi></th>${cells.map((cell) => `<td class="n">${cell ?? '—'}</td>`).join('')}</tr>`;
  });
  const table = `<table><caption>${words.caption}</caption><thead><tr><th scope="col">${words.program}</th>${words.heads.map((head) => `<th scope="col" class="n">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
  return charts.replace(
    /<\/section>$/,
    `<div style="margin-top:16px">${scrolled(words.label, table)}</div></section>`,
  );
}

function deliveriesSection({ failedDeliveries }: ReportFigures, format: Format): string {
  const words = format.phrases.deliveries;
  const { heads } = words;
  if (failedDeliveries.length === 0)
    return section('deliveries', words.title, null, `<p class="note">${words.none}</p>`);
  const rows = failedDeliveries.map(
    ({ destination, count, lastAt, error }) =>
      `<tr><th scope="row"><bdi>${escaped(destination)}</bdi></th><td class="n">${format.number(count)}</td><td>${format.minute(lastAt)}</td><td><bdi>${error === null ? '—' : escaped(error, 300)}</bdi></td></tr>`,
  );
  return section(
    'deliveries',
    words.title,
    words.about,
    scrolled(
      words.label,
      `<table><thead><tr><th scope="col">${heads.destination}</th><th scope="col" class="n">${heads.givenUp}</th><th scope="col">${heads.last}</th><th scope="col">${heads.error}</th></tr></thead><tbody>${rows.join('')}</tbody></table>`,
    ),
  );
}

function section(id: string, title: string, note: string | null, inner: string): string {
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escaped(title)}</h2>${note === null ? '' : `<p class="note">${escaped(note, 300)}</p>`}${inner}</section>`;
}

/** A wide table scrolls in its own frame, also with the keyboard. */
function scrolled(label: string, table: string): string {
  return `<div class="scroll" role="region" tabindex="0" aria-label="${escaped(label)}">${table}</div>`;
}
