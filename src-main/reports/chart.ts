import type { SeriesRange } from '../contract/history.ts';
import type { ReportChart, ReportContent, ReportFigures } from '../contract/report.ts';
import type { Severity } from '../contract/rule.ts';
import { scaleOf, timeMarks } from './axes.ts';
import type { Scale } from './axes.ts';
import type { Format } from './format.ts';
import type { Theme } from './theme.ts';
import { escaped, oneLine } from './words.ts';

export interface Size {
  width: number;
  height: number;
}

/** What all charts of a report share. */
export interface Frame {
  from: number;
  to: number;
  gaps: ReportFigures['availability']['gaps'];
  bands: ReportContent['bands'];
  /** Times marked by a vertical line with a label. */
  moments?: { at: number; name: string; severity: Severity }[];
  format: Format;
  theme: Theme;
}

export function frameOf({ figures, bands }: ReportContent, format: Format, theme: Theme): Frame {
  const { from, to, availability } = figures;
  return { from, to, gaps: availability.gaps, bands, format, theme };
}

const fontSize = 12;
/** A pause between samples is a gap if it is this many times as long as the usual one. */
const pausesInGap = 3;
/** Ids must be unique in a document: every hatched chart has its own pattern. */
let hatchings = 0;

/**
 * Draws a chart over time as the content of an SVG of `size`: the mean as a line on an axis with units, the range from
 * minimum to maximum if several samples share a point, thresholds as dashed lines with their value, alerts as tinted
 * bands, and gaps hatched and labelled. `heading` is drawn above, for drawings that stand alone.
 */
export function drawChart(chart: ReportChart, frame: Frame, size: Size, heading?: string): string {
  const { theme, format } = frame;
  const legend = chart.series.length > 1 || chart.more > 0 ? legendOf(chart, format, size.width) : null;
  const top = (heading === undefined ? 6 : 28) + (legend?.height ?? 0);
  const parts: string[] = [];
  if (heading !== undefined) parts.push(text(2, 15, heading, theme.ink, { size: 14, bold: true }));
  const drawn = chart.series.filter(({ range }) => range.at.length > 0);
  if (drawn.length === 0) {
    parts.push(emptiness(size, top, theme, format.phrases.noSamples));
    return parts.join('');
  }
  const values = drawn.flatMap(({ range }) => [lowest(range), highest(range)]);
  const most = Math.max(...values);
  // A threshold far above all values would flatten the chart.
  const lines = chart.lines.filter(({ value }) => chart.full !== undefined || value <= most * 3);
  const scale = scaleOf(
    Math.min(...values, ...lines.map(({ value }) => value)),
    Math.max(most, ...lines.map(({ value }) => value)),
    chart.unit,
    chart.full,
  );
  const labels = scale.marks.map((mark) => format.value(mark, chart.unit, chart.sign));
  const left = 10 + Math.max(...labels.map(textWidth));
  const plot = new Plot(frame, scale, { left, top, right: size.width - 8, bottom: size.height - 22 });
  if (legend !== null) parts.push(legend.draw(theme, heading === undefined ? 12 : 36));
  parts.push(
    bandsOf(plot, frame),
    valueAxis(plot, scale, labels, theme),
    timeAxis(plot, frame),
    gapsOf(plot, frame),
  );
  for (const [index, { range }] of chart.series.entries()) {
    const colour = theme.series[index % theme.series.length] ?? theme.ink;
    parts.push(lineOf(range, plot, colour, chart.series.length === 1));
  }
  for (const line of lines) parts.push(thresholdOf(line, chart, plot, frame));
  parts.push(momentsOf(plot, frame, lines));
  return parts.join('');
}

/** Draws the alerts of seven days as stacked bars: the number per rule and day. */
export function drawAlertDays(
  days: ReportFigures['alertDays'],
  { theme, format }: Pick<Frame, 'theme' | 'format'>,
  size: Size,
): string {
  const parts: string[] = [];
  const { otherRules, noneFired } = format.phrases.alerts;
  const shown = days.rules.filter(({ count }) => count > 0).slice(0, theme.series.length - 1);
  const ids = new Set(shown.map(({ ruleId }) => ruleId));
  const totals = days.days.map(({ counts }) => Object.values(counts).reduce((sum, one) => sum + one, 0));
  const names = shown.map(({ ruleName }) => ruleName);
  const hasOthers = days.days.some(({ counts }) => Object.keys(counts).some((id) => !ids.has(id)));
  if (hasOthers) names.push(otherRules);
  const isEmpty = totals.every((total) => total === 0);
  const legend = new Legend(names, size.width);
  const top = 6 + (isEmpty ? 0 : legend.height);
  if (!isEmpty) parts.push(legend.draw(theme, 12));
  const scale = scaleOf(0, Math.max(...totals, 4), 'count', undefined);
  const labels = scale.marks.map((mark) => format.value(mark, 'count'));
  const left = 10 + Math.max(...labels.map(textWidth));
  const bottom = size.height - 22;
  const yOf = (value: number) => bottom - ((value - scale.low) / (scale.high - scale.low)) * (bottom - top);
  for (const [index, mark] of scale.marks.entries()) {
    const y = px(yOf(mark));
    parts.push(`<path d="M${px(left)} ${y}H${px(size.width - 8)}" stroke="${theme.grid}"/>`);
    parts.push(text(left - 6, yOf(mark) + 4, labels[index] ?? '', theme.faint, { anchor: 'end' }));
  }
  const wide = (size.width - 8 - left) / Math.max(1, days.days.length);
  for (const [index, { day, counts }] of days.days.entries()) {
    const middle = left + (index + 0.5) * wide;
    const width = Math.min(64, wide * 0.62);
    let height = 0;
    const others = Object.entries(counts).reduce((sum, [id, count]) => sum + (ids.has(id) ? 0 : count), 0);
    for (const [place, count] of [...shown.map(({ ruleId }) => counts[ruleId] ?? 0), others].entries()) {
      if (count === 0) continue;
      const y = yOf(height + count);
      const colour = theme.series[place] ?? theme.faint;
      parts.push(
        `<rect x="${px(middle - width / 2)}" y="${px(y)}" width="${px(width)}" height="${px(yOf(height) - y)}" fill="${colour}" stroke="${theme.paper}"/>`,
      );
      height += count;
    }
    if (height > 0)
      parts.push(text(middle, yOf(height) - 5, format.number(height), theme.ink, { anchor: 'middle' }));
    parts.push(text(middle, bottom + 16, format.day(day), theme.faint, { anchor: 'middle' }));
  }
  if (isEmpty)
    parts.push(
      text((left + size.width) / 2, (top + bottom) / 2, noneFired, theme.faint, {
        anchor: 'middle',
        size: 14,
      }),
    );
  return parts.join('');
}

/** A bare line (sparkline), for a row of a table. */
export function drawSpark(range: SeriesRange, frame: Frame, { width, height }: Size): string {
  const [low, high] = [lowest(range), highest(range)];
  const margin = (high - low || 1) * 0.05;
  const scale = { low: low - margin, high: high + margin, marks: [] };
  const plot = new Plot(frame, scale, { left: 1, top: 2, right: width - 1, bottom: height - 2 });
  return linePaths(range, plot)
    .map(
      (path) =>
        `<path d="${path}" fill="none" stroke="${frame.theme.series[0] ?? frame.theme.ink}" stroke-width="1.25"/>`,
    )
    .join('');
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

/** Maps times and values to positions in the drawing. */
class Plot {
  readonly box: Box;
  readonly #frame: Frame;
  readonly #scale: Scale;

  constructor(frame: Frame, scale: Scale, box: Box) {
    this.#frame = frame;
    this.#scale = scale;
    this.box = box;
  }

  x(at: number): number {
    const { from, to } = this.#frame;
    const part = Math.min(1, Math.max(0, (at - from) / (to - from)));
    return this.box.left + part * (this.box.right - this.box.left);
  }

  y(value: number): number {
    const { low, high } = this.#scale;
    return this.box.bottom - ((value - low) / (high - low)) * (this.box.bottom - this.box.top);
  }
}

/** Splits the points into runs without gaps. */
function runsOf({ at, bucketMs }: SeriesRange): [begin: number, end: number][] {
  const pauses = at.slice(1).map((one, index) => one - (at[index] ?? one));
  const usual = [...pauses].sort((a, b) => a - b)[Math.floor(pauses.length / 2)] ?? 0;
  const allowed = Math.max(usual * pausesInGap, bucketMs * 1.5);
  const runs: [number, number][] = [];
  let begin = 0;
  for (let index = 1; index <= at.length; index++) {
    if (index < at.length && (pauses[index - 1] ?? 0) <= allowed) continue;
    runs.push([begin, index]);
    begin = index;
  }
  return runs;
}

function linePaths(range: SeriesRange, plot: Plot): string[] {
  return runsOf(range).map(([begin, end]) => pathOf(range, range.avg, begin, end, plot));
}

function pathOf(
  { at, bucketMs }: SeriesRange,
  values: readonly number[],
  begin: number,
  end: number,
  plot: Plot,
): string {
  const points: string[] = [];
  for (let index = begin; index < end; index++)
    points.push(`${px(plot.x((at[index] ?? 0) + bucketMs / 2))} ${px(plot.y(values[index] ?? 0))}`);
  // A single point is drawn as a dot as long as the line is wide.
  return points.length === 1 ? `M${points[0] ?? ''}h1` : `M${points.join('L')}`;
}

function lineOf(range: SeriesRange, plot: Plot, colour: string, isAlone: boolean): string {
  const parts: string[] = [];
  const { bottom } = plot.box;
  for (const [begin, end] of runsOf(range)) {
    const line = pathOf(range, range.avg, begin, end, plot);
    if (end - begin > 1) {
      const { at, bucketMs } = range;
      const xAt = (index: number) => px(plot.x((at[index] ?? 0) + bucketMs / 2));
      if (isAlone)
        parts.push(`<path d="${line}V${px(bottom)}H${xAt(begin)}Z" fill="${colour}" fill-opacity="0.08"/>`);
      if (bucketMs > 0) {
        const back: string[] = [];
        for (let index = end - 1; index >= begin; index--)
          back.push(`${xAt(index)} ${px(plot.y(range.min[index] ?? 0))}`);
        const envelope = `${pathOf(range, range.max, begin, end, plot)}L${back.join('L')}Z`;
        parts.push(`<path d="${envelope}" fill="${colour}" fill-opacity="0.16"/>`);
      }
    }
    parts.push(
      `<path d="${line}" fill="none" stroke="${colour}" stroke-width="1.5" stroke-linejoin="round" stroke-linecap="round"/>`,
    );
  }
  return parts.join('');
}

function valueAxis(plot: Plot, { marks }: Scale, labels: readonly string[], theme: Theme): string {
  const { left, right } = plot.box;
  return marks
    .map((mark, index) => {
      const y = plot.y(mark);
      return (
        `<path d="M${px(left)} ${px(y)}H${px(right)}" stroke="${theme.grid}"/>` +
        text(left - 6, y + 4, labels[index] ?? '', theme.faint, { anchor: 'end' })
      );
    })
    .join('');
}

function timeAxis(plot: Plot, { from, to, format, theme }: Frame): string {
  const { left, right, bottom } = plot.box;
  const marks = timeMarks(from, to, format, Math.max(2, Math.floor((right - left) / 64)));
  return marks
    .map(({ at, label }) => {
      const x = plot.x(at);
      const half = textWidth(label) / 2;
      const tick = `<path d="M${px(x)} ${px(bottom)}v4" stroke="${theme.faint}"/>`;
      // A label that would exceed the drawing is left out; its tick stays.
      if (x + half > right + 8 || x - half < 0) return tick;
      return tick + text(x, bottom + 16, label, theme.faint, { anchor: 'middle' });
    })
    .join('');
}

function bandsOf(plot: Plot, { bands, theme, from, to }: Frame): string {
  const { top, bottom } = plot.box;
  return bands
    .filter((band) => band.to > from && band.from < to)
    .map((band) => {
      const x = plot.x(band.from);
      const width = Math.max(1, plot.x(band.to) - x);
      return `<rect x="${px(x)}" y="${px(top)}" width="${px(width)}" height="${px(bottom - top)}" fill="${theme[band.severity]}" fill-opacity="0.14"/>`;
    })
    .join('');
}

function momentsOf(
  plot: Plot,
  { moments = [], theme, from, to }: Frame,
  lines: ReportChart['lines'],
): string {
  const { left, top, bottom } = plot.box;
  // Labels are at the bottom, unless a line's value is there.
  const isTaken = lines.some(({ value }) => plot.y(value) > bottom - 22);
  const nameY = isTaken ? top + 13 : bottom - 5;
  return moments
    .filter(({ at }) => at >= from && at <= to)
    .map(({ at, name, severity }) => {
      const x = plot.x(at);
      const width = textWidth(name) + 8;
      const isRoomLeft = x - width > left;
      return (
        `<path d="M${px(x)} ${px(top)}V${px(bottom)}" stroke="${theme[severity]}" stroke-width="1.5"/>` +
        `<rect x="${px(isRoomLeft ? x - width : x + 1)}" y="${px(nameY - 12)}" width="${px(width - 1)}" height="16" fill="${theme.paper}" fill-opacity="0.85"/>` +
        text(isRoomLeft ? x - 5 : x + 5, nameY, name, theme[severity], {
          ...(isRoomLeft ? { anchor: 'end' as const } : {}),
          bold: true,
        })
      );
    })
    .join('');
}

function gapsOf(plot: Plot, { gaps, theme, format }: Frame): string {
  const { top, bottom } = plot.box;
  const wide = gaps.filter((gap) => plot.x(gap.to) - plot.x(gap.from) >= 1);
  if (wide.length === 0) return '';
  const id = `hatch-${++hatchings}`;
  const drawn = wide.map((gap) => {
    const [x, width] = [plot.x(gap.from), plot.x(gap.to) - plot.x(gap.from)];
    const name = format.phrases.gaps[gap.why];
    const rect = `<rect x="${px(x)}" y="${px(top)}" width="${px(width)}" height="${px(bottom - top)}"`;
    return (
      `${rect} fill="${theme.paper}"/>${rect} fill="url(#${id})"/>` +
      gapName(name, { left: x, top, right: x + width, bottom }, theme)
    );
  });
  const pattern =
    `<pattern id="${id}" width="6" height="6" patternUnits="userSpaceOnUse">` +
    `<path d="M-1 7L7 -1" stroke="${theme.hatch}" stroke-width="1"/></pattern>`;
  return `<defs>${pattern}</defs>${drawn.join('')}`;
}

/** Horizontal at the top if there is room, vertical at the bottom if the gap is narrow, otherwise not at all. */
function gapName(name: string, { left, top, right, bottom }: Box, theme: Theme): string {
  const [width, long] = [right - left, textWidth(name)];
  const middle = (left + right) / 2;
  if (width > long + 12)
    return (
      `<rect x="${px(middle - long / 2 - 4)}" y="${px(top + 4)}" width="${px(long + 8)}" height="18" fill="${theme.paper}"/>` +
      text(middle, top + 17, name, theme.faint, { anchor: 'middle' })
    );
  if (width < 16 || bottom - top < long + 12) return '';
  return (
    `<g transform="translate(${px(middle)} ${px(bottom - 6)}) rotate(-90)">` +
    `<rect x="-2" y="-8" width="${px(long + 4)}" height="16" fill="${theme.paper}"/>${text(0, 4, name, theme.faint)}</g>`
  );
}

function thresholdOf(
  { value, severity }: ReportChart['lines'][number],
  chart: ReportChart,
  plot: Plot,
  { theme, format }: Frame,
): string {
  const y = plot.y(value);
  const label = format.limit(value, chart.unit, chart.sign);
  const { left, right } = plot.box;
  const width = textWidth(label) + 6;
  return (
    `<path d="M${px(left)} ${px(y)}H${px(right)}" stroke="${theme[severity]}" stroke-width="1.25" stroke-dasharray="5 4"/>` +
    `<rect x="${px(right - width)}" y="${px(y - 16)}" width="${px(width)}" height="14" fill="${theme.paper}" fill-opacity="0.85"/>` +
    text(right - 3, y - 5, label, theme[severity], { anchor: 'end' })
  );
}

function legendOf(chart: ReportChart, format: Format, width: number): Legend {
  const { more } = chart;
  const rest = more > 0 ? format.phrases.moreNotDrawn(more) : undefined;
  return new Legend(format.names(chart), width, rest);
}

/** The series' names with their colours: in full if they fit in two rows, otherwise shortened. */
class Legend {
  /** Height in the drawing, in pixels. */
  readonly height: number;
  readonly #items: { x: number; row: number; name: string | null; letters: number }[] = [];
  readonly #rest: string;

  constructor(names: readonly string[], width: number, rest = '') {
    this.#rest = rest;
    let rows = Infinity;
    for (let letters = 120; rows > 2 && letters >= 3; letters -= letters > 24 ? 8 : 1)
      rows = this.#place(names, width, letters);
    this.height = 4 + 16 * rows;
  }

  /** Positions the names; returns the number of rows. */
  #place(names: readonly string[], width: number, letters: number): number {
    this.#items.length = 0;
    let [x, row] = [2, 0];
    for (const name of this.#rest === '' ? names : [...names, null]) {
      const wide = name === null ? textWidth(this.#rest) : 17 + textWidth(oneLine(name, letters));
      if (x > 2 && x + wide > width) [x, row] = [2, row + 1];
      this.#items.push({ x, row, name, letters });
      x += wide + 14;
    }
    return row + 1;
  }

  draw(theme: Theme, y: number): string {
    return this.#items
      .map(({ x, row, name, letters }, index) => {
        const base = y + 16 * row;
        if (name === null) return text(x, base, this.#rest, theme.faint);
        const colour = theme.series[index % theme.series.length] ?? theme.ink;
        return (
          `<rect x="${px(x)}" y="${px(base - 6)}" width="12" height="4" rx="1" fill="${colour}"/>` +
          text(x + 17, base, name, theme.faint, { most: letters })
        );
      })
      .join('');
  }
}

function emptiness({ width, height }: Size, top: number, theme: Theme, words: string): string {
  return (
    `<rect x="1" y="${px(top)}" width="${px(width - 2)}" height="${px(height - top - 4)}" rx="4" fill="none" stroke="${theme.grid}" stroke-dasharray="4 4"/>` +
    text(width / 2, (top + height) / 2, words, theme.faint, { anchor: 'middle' })
  );
}

function text(
  x: number,
  y: number,
  words: string,
  colour: string,
  options: { anchor?: 'middle' | 'end'; size?: number; bold?: boolean; most?: number } = {},
): string {
  const { anchor, size = fontSize, bold, most } = options;
  const attributes = [
    `x="${px(x)}" y="${px(y)}" fill="${colour}" font-size="${size}"`,
    anchor === undefined ? '' : ` text-anchor="${anchor}"`,
    bold === true ? ' font-weight="600"' : '',
  ].join('');
  return `<text ${attributes}>${escaped(words, most)}</text>`;
}

/** An estimate, because fonts differ and cannot be measured here. */
function textWidth(words: string): number {
  return words.length * fontSize * 0.6;
}

function lowest({ min }: SeriesRange): number {
  return min.reduce((least, value) => Math.min(least, value), Infinity);
}

function highest({ max }: SeriesRange): number {
  return max.reduce((most, value) => Math.max(most, value), -Infinity);
}

/** Rounded to a tenth of a pixel, finer than anybody can see. */
function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}
