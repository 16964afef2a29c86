import type { Labels, Series } from '../../src-main/contract/sample.ts';

const hour = 3_600_000;

/** Time ranges that end now and move with it, by their name in the address. */
export const ranges = {
  '1h': hour,
  '6h': 6 * hour,
  '24h': 24 * hour,
  '7d': 7 * 24 * hour,
  '30d': 30 * 24 * hour,
} as const;
export type RangeName = keyof typeof ranges;

/**
 * The range for a history of this length, so that twenty minutes do not become a sliver of a day. Null if the default
 * range fits.
 */
export function rangeFitting(historyMs: number): RangeName | null {
  if (historyMs <= ranges['1h']) return '1h';
  return historyMs <= ranges['6h'] ? '6h' : null;
}

export interface Stretch {
  from: number;
  to: number;
}

/** The state in the address of Explore. A series without a host is of this machine. */
export interface ExploreAddress {
  series: readonly Series[];
  range: RangeName;
  /** A fixed part of the time; null while the range follows the present. */
  stretch: Stretch | null;
  compare: boolean;
  table: boolean;
}

/** Most series to show: further colours would not be distinguishable. */
export const mostPicked = 6;

type Query = Readonly<Record<string, string>>;

/** Invalid parts are ignored. `host` is this machine's name. */
export function addressIn(query: Query, host: string): ExploreAddress {
  const { range = '', from = '', to = '', compare = '', view = '' } = query;
  const stretch = { from: Number(from || NaN), to: Number(to || NaN) };
  const isStretch = stretch.from < stretch.to && Math.abs(stretch.from) < 8.64e15 && stretch.to < 8.64e15;
  return {
    series: namedIn(query, host).slice(0, mostPicked),
    range: Object.hasOwn(ranges, range) ? (range as RangeName) : '24h',
    stretch: isStretch ? stretch : null,
    compare: compare === '1',
    table: view === 'table',
  };
}

/** Number of series in the address beyond those shown. */
export function leftOutOf(query: Query): number {
  return Math.max(0, namedIn(query, '').length - mostPicked);
}

function namedIn({ s = '' }: Query, host: string): Series[] {
  return s.split('*').flatMap((text) => seriesIn(text, host) ?? []);
}

/** The address as the query of a route; default values are left out. */
export function queryOf(address: ExploreAddress, host: string): Record<string, string> {
  const { series, range, stretch, compare, table } = address;
  return {
    s: series.map((one) => seriesText(one, host)).join('*'),
    range: range === '24h' ? '' : range,
    from: stretch === null ? '' : String(Math.round(stretch.from)),
    to: stretch === null ? '' : String(Math.round(stretch.to)),
    compare: compare ? '1' : '',
    view: table ? 'table' : '',
  };
}

/** The query that shows these series over the last day. */
export function querySeries(series: readonly Series[], host: string): Record<string, string> {
  return { s: series.map((one) => seriesText(one, host)).join('*') };
}

/** Source, metric, labels and, if it is another one, the host: `disk.disk_percent.mount=%2F`. */
function seriesText({ host, source, metric, labels }: Series, own: string): string {
  const parts = [source, metric].map(escaped);
  for (const [name, value] of Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)))
    parts.push(`${escaped(name)}=${escaped(value)}`);
  if (host !== own) parts.push(`@${escaped(host)}`);
  return parts.join('.');
}

function seriesIn(text: string, own: string): Series | null {
  const [source = '', metric = '', ...rest] = text.split('.');
  if (source === '' || metric === '') return null;
  let host = own;
  const labels: Labels = {};
  for (const part of rest) {
    const [name = '', value = ''] = part.split('=', 2);
    if (part.startsWith('@')) host = unescaped(part.slice(1));
    else labels[unescaped(name)] = unescaped(value);
  }
  return { host, source: unescaped(source), metric: unescaped(metric), labels };
}

/** Escapes characters with a meaning in this format, and those not allowed in addresses. */
function escaped(text: string): string {
  return encodeURIComponent(text.toWellFormed()).replaceAll('.', '%2E').replaceAll('*', '%2A');
}

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Zooms in (factor below 1) or out around a time. Never narrower than ten seconds, and never into the future. */
export function zoomed({ from, to }: Stretch, factor: number, around: number, now: number): Stretch {
  const share = (around - from) / (to - from);
  const span = Math.min(longestSpan, Math.max(shortestSpan, (to - from) * factor));
  return within({ from: around - share * span, to: around + (1 - share) * span }, now);
}

/** Moves the range by a fraction of its length. */
export function panned({ from, to }: Stretch, share: number, now: number): Stretch {
  const by = (to - from) * share;
  return within({ from: from + by, to: to + by }, now);
}

const shortestSpan = 10_000;
const longestSpan = 10 * 365 * 24 * hour;

function within({ from, to }: Stretch, now: number): Stretch {
  const over = Math.max(0, to - now);
  return { from: from - over, to: to - over };
}
