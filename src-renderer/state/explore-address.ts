import type { Labels, Series } from '../../src-main/contract/sample.ts';

const hour = 3_600_000;

/** Stretches that end now and follow it, by their name in the address. */
export const ranges = {
  '1h': hour,
  '6h': 6 * hour,
  '24h': 24 * hour,
  '7d': 7 * 24 * hour,
  '30d': 30 * 24 * hour,
} as const;
export type RangeName = keyof typeof ranges;

/** The range that suits so much history: twenty minutes of it are a sliver of a day. Null where the usual one does. */
export function rangeFitting(historyMs: number): RangeName | null {
  if (historyMs <= ranges['1h']) return '1h';
  return historyMs <= ranges['6h'] ? '6h' : null;
}

export interface Stretch {
  from: number;
  to: number;
}

/** All that the address of Explore says. A series without a host is this machine's. */
export interface ExploreAddress {
  series: readonly Series[];
  range: RangeName;
  /** The part that is looked at; null while the range is followed. */
  stretch: Stretch | null;
  compare: boolean;
  table: boolean;
}

/** More colours could not be told apart. */
export const mostPicked = 6;

type Query = Readonly<Record<string, string>>;

/** What is not understood is left out. `host` is this machine's name. */
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

/** How many series an address names that are not shown beside the others. */
export function leftOutOf(query: Query): number {
  return Math.max(0, namedIn(query, '').length - mostPicked);
}

function namedIn({ s = '' }: Query, host: string): Series[] {
  return s.split('*').flatMap((text) => seriesIn(text, host) ?? []);
}

/** The same as the query of a route; what is usual is left out. */
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

/** The query that leads to these series over the last day. */
export function querySeries(series: readonly Series[], host: string): Record<string, string> {
  return { s: series.map((one) => seriesText(one, host)).join('*') };
}

/** Source, metric, labels and, where it is another's, the host: `disk.disk_percent.mount=%2F`. */
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

/** Everything that has a meaning here, and all that an address has no room for. */
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

/** Zooms in (below 1) or out around a moment. Never narrower than ten seconds, nor into the future. */
export function zoomed({ from, to }: Stretch, factor: number, around: number, now: number): Stretch {
  const share = (around - from) / (to - from);
  const span = Math.min(longestSpan, Math.max(shortestSpan, (to - from) * factor));
  return within({ from: around - share * span, to: around + (1 - share) * span }, now);
}

/** Moves by a share of its length. */
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
