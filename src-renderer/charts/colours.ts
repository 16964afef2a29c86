/** The colours a chart needs, resolved for the theme at hand: a canvas knows neither custom properties nor `light-dark()`. */
export interface Colours {
  line: string;
  area: string;
  band: string;
  grid: string;
  text: string;
  hatch: string;
  warning: string;
  warningInk: string;
  warningSoft: string;
  critical: string;
  criticalInk: string;
  criticalSoft: string;
}

const sources: Record<keyof Colours, string> = {
  line: 'var(--sea)',
  area: 'color-mix(in oklab, var(--sea) 8%, transparent)',
  band: 'color-mix(in oklab, var(--sea) 24%, transparent)',
  grid: 'var(--line)',
  text: 'var(--ink-2)',
  hatch: 'var(--line)',
  warning: 'var(--warning)',
  warningInk: 'var(--warning-ink)',
  warningSoft: 'color-mix(in oklab, var(--warning) 20%, transparent)',
  critical: 'var(--critical)',
  criticalInk: 'var(--critical-ink)',
  criticalSoft: 'color-mix(in oklab, var(--critical) 18%, transparent)',
};

/** Reads the colours as they are computed inside of `place`. */
export function coloursIn(place: HTMLElement): Colours {
  const probe = document.createElement('span');
  probe.hidden = true;
  place.append(probe);
  const entries = Object.entries(sources).map(([name, source]) => {
    probe.style.color = source;
    return [name, getComputedStyle(probe).color];
  });
  probe.remove();
  return Object.fromEntries(entries) as Record<keyof Colours, string>;
}
