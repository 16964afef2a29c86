/**
 * Colours of a chart, resolved for the current theme, because a canvas supports neither custom properties nor
 * `light-dark()`.
 */
export interface Colours {
  line: string;
  area: string;
  band: string;
  grid: string;
  text: string;
  hatch: string;
  /** Background of the chart. */
  ground: string;
  /** One for each series in a chart with several. */
  series: readonly string[];
  warning: string;
  warningInk: string;
  warningSoft: string;
  critical: string;
  criticalInk: string;
  criticalSoft: string;
}

const sources: Record<Exclude<keyof Colours, 'series'>, string> = {
  line: 'var(--sea)',
  area: 'color-mix(in oklab, var(--sea) 8%, transparent)',
  band: 'color-mix(in oklab, var(--sea) 24%, transparent)',
  grid: 'var(--line)',
  text: 'var(--ink-2)',
  hatch: 'var(--line)',
  ground: 'var(--surface)',
  warning: 'var(--warning)',
  warningInk: 'var(--warning-ink)',
  warningSoft: 'color-mix(in oklab, var(--warning) 20%, transparent)',
  critical: 'var(--critical)',
  criticalInk: 'var(--critical-ink)',
  criticalSoft: 'color-mix(in oklab, var(--critical) 18%, transparent)',
};

/** Where the system chooses the colours, text and ground are its own; lines and bands stay apart from each other by ours. */
const forcedSources = {
  text: 'CanvasText',
  ground: 'Canvas',
  grid: 'color-mix(in oklab, CanvasText 35%, Canvas)',
  warningInk: 'CanvasText',
  criticalInk: 'CanvasText',
} as const satisfies Partial<typeof sources>;

/** Colours of the series in a chart with several, in order. */
export const seriesColours = [1, 2, 3, 4, 5, 6].map((place) => `var(--series-${place})`);

/** Reads the colours as computed inside `place`. */
export function coloursIn(place: HTMLElement): Colours {
  const probe = document.createElement('span');
  probe.hidden = true;
  // A forced colour has no transparency: a band would hide the line in it.
  probe.style.setProperty('forced-color-adjust', 'none');
  place.append(probe);
  const computed = (source: string): string => {
    probe.style.color = source;
    return getComputedStyle(probe).color;
  };
  const isForced = matchMedia('(forced-colors: active)').matches;
  const entries = Object.entries({ ...sources, ...(isForced && forcedSources) }).map(([name, source]) => [
    name,
    computed(source),
  ]);
  const series = seriesColours.map(computed);
  probe.remove();
  return { ...(Object.fromEntries(entries) as Record<keyof typeof sources, string>), series };
}
