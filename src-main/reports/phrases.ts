import type { ChartSubject } from '../contract/report.ts';
import type { Severity } from '../contract/rule.ts';

/** Number of alerts that fired in a span, and the rule that fired most often. */
export interface FiredCounts {
  count: number;
  critical: number;
  /** Number of different rules. */
  rules: number;
  name: string;
}

/** All texts of a report in one language. Spans, times and values are passed in as text. */
export interface Phrases {
  /** Locale for numbers and dates. */
  locale: string;
  units: { day: string };
  /** A time span. */
  stretch(from: string, to: string): string;
  /** Title of a machine's report. It stands before the name of the machine. */
  report: string;
  made(when: string, version: string, zone: string): string;

  /** Sentences of the summary. */
  fired(counts: FiredCounts): string;
  wentOn(count: number): string;
  allOver: string;
  stillFire(count: number): string;
  givenUp(count: number): string;
  unwatched(span: string): string;
  allClear(span: string): string;
  clearAsKnown(watched: string, unwatched: string): string;

  tiles: {
    watched: string;
    watchedOf(watched: string, span: string): string;
    alerts: string;
    critical(count: number): string;
    longest: string;
    nothingFired: string;
    busiest: string;
    noSamples: string;
    meanOf(title: string, value: string): string;
    givenUp: string;
    none: string;
  };

  availability: {
    title: string;
    about: string;
    parts: { watched: string; asleep: string; off: string; noData: string };
    never: string;
    gaps: string;
    longestGaps: string;
    longestOf(count: number): string;
    heads: { from: string; to: string; lasted: string; why: string };
  };
  gaps: Record<'asleep' | 'off' | 'no_data', string>;

  system: { title: string; nothing: string };
  charts: Record<ChartSubject, string>;
  noSamples: string;
  /** Text alternative of a series' chart, for screen readers. */
  course(name: string, least: string, most: string, mean: string): string;
  courseUnknown(name: string): string;
  moreNotDrawn(count: number): string;

  /** Titles by metric; metrics that are not listed keep the title of their kind. */
  metrics: Readonly<Record<string, string>>;
  kinds: Readonly<Record<string, string>>;
  table: {
    title: string;
    label: string;
    all: string;
    some(shown: number, more: number): string;
    /** Replaces the worst moment if all values are equal. */
    constant: string;
    heads: { metric: string; course: string; worst: string };
    /** Headings: last, minimum, mean, 95th percentile, maximum. */
    figures: readonly [string, string, string, string, string];
    fired: string;
  };

  busiest: {
    title: string;
    about: string;
    hour: string;
    byTheHour(title: string): string;
    caption(title: string, isPercent: boolean): string;
  };

  alerts: {
    title: string;
    byDay: string;
    sevenDays: string;
    noneInSevenDays: string;
    noneFired: string;
    otherRules: string;
    incomplete: string;
    label: string;
    heads: {
      rule: string;
      severity: string;
      fired: string;
      firing: string;
      longest: string;
      atEnd: string;
    };
    severity: Record<Severity, string>;
    before: string;
    firesStill: string;
    over: string;
  };

  processes: {
    title: string;
    nothing: string;
    label: string;
    caption: string;
    program: string;
    /** Mean and maximum of processor time, then of memory. */
    heads: readonly [string, string, string, string];
  };

  deliveries: {
    title: string;
    none: string;
    about: string;
    label: string;
    heads: { destination: string; givenUp: string; last: string; error: string };
  };

  /** Titles of the pictures. */
  sheets: { system: string; processes: string };
  /** Labels of the beginning and end of an alert in its chart. */
  moments: { fired: string; over: string };
}
