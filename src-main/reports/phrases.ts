import type { ChartSubject } from '../contract/report.ts';
import type { Severity } from '../contract/rule.ts';

/** How many alerts fired in a span, and which rule most often. */
export interface FiredCounts {
  count: number;
  critical: number;
  /** How many rules they are of. */
  rules: number;
  /** The name of the rule that fired most often. */
  name: string;
}

/** All that a report says in one language. Spans, times and values come as text. */
export interface Phrases {
  /** Numbers and dates are written as there. */
  locale: string;
  units: { day: string };
  /** From when to when. */
  stretch(from: string, to: string): string;
  /** The title of the page, of one machine. `report` stands above it, before the name of the machine. */
  report: string;
  made(when: string, version: string, zone: string): string;

  /** The report in a sentence, each of these one of it. */
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
  /** The course of a series, for who does not see it. */
  course(name: string, least: string, most: string, mean: string): string;
  courseUnknown(name: string): string;
  moreNotDrawn(count: number): string;

  /** Titles by what metrics are called; those that are not in it keep the one of their kind. */
  metrics: Readonly<Record<string, string>>;
  kinds: Readonly<Record<string, string>>;
  table: {
    title: string;
    label: string;
    all: string;
    some(shown: number, more: number): string;
    /** Instead of a worst moment, where there was no worse one. */
    constant: string;
    heads: { metric: string; course: string; worst: string };
    /** Last, smallest, mean, up to what 95 % are, largest. */
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
    /** Mean and largest of processor time, then of memory. */
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
  /** Where an alert fired and was over, in its chart. */
  moments: { fired: string; over: string };
}
