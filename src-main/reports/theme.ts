/** Colours of a drawing, and its font if it sets one. */
export interface Theme {
  paper: string;
  ink: string;
  faint: string;
  grid: string;
  hatch: string;
  calm: string;
  warning: string;
  critical: string;
  /** Six colours that differ in hue and lightness, used in turn. */
  series: readonly string[];
  /** Undefined if the page sets the font. */
  font: string | undefined;
}

const names = ['one', 'two', 'three', 'four', 'five', 'six'] as const;

/** CSS variables for a page that defines them, in light and dark: see `page-style.ts`. */
export const pageTheme: Theme = {
  paper: 'var(--surface)',
  ink: 'var(--ink)',
  faint: 'var(--ink-2)',
  grid: 'var(--line)',
  hatch: 'var(--hatch)',
  calm: 'var(--calm)',
  warning: 'var(--warning)',
  critical: 'var(--critical)',
  series: names.map((name) => `var(--series-${name})`),
  font: undefined,
};

/** Values of these variables. Text has a contrast of at least 4.5 : 1 against its background, lines 3 : 1. */
export const lightColours = {
  paper: '#f8fafb',
  surface: '#ffffff',
  ink: '#1c2430',
  'ink-2': '#4c5766',
  line: '#dde2e7',
  hatch: '#a9b2bc',
  calm: '#00746d',
  warning: '#a35c00',
  critical: '#b3261e',
  'sea-soft': '#e6f1f8',
  'series-one': '#1b6fa8',
  'series-two': '#c06a00',
  'series-three': '#00857a',
  'series-four': '#8a3ea8',
  'series-five': '#5b6675',
  'series-six': '#b02a5b',
} as const;

export const darkColours: Record<keyof typeof lightColours, string> = {
  paper: '#12171e',
  surface: '#1a2028',
  ink: '#eef2f6',
  'ink-2': '#b4bec9',
  line: '#36404c',
  hatch: '#66717e',
  calm: '#4cc2b8',
  warning: '#f0b155',
  critical: '#ff8f85',
  'sea-soft': '#1f3342',
  'series-one': '#6db5ea',
  'series-two': '#f0a63c',
  'series-three': '#45c4b6',
  'series-four': '#cf94e8',
  'series-five': '#a3aebb',
  'series-six': '#f283ab',
};

/** Light colours for drawings that stand alone. */
export function paperTheme(font: string | undefined): Theme {
  const colours = lightColours;
  return {
    paper: colours.surface,
    ink: colours.ink,
    faint: colours['ink-2'],
    grid: colours.line,
    hatch: colours.hatch,
    calm: colours.calm,
    warning: colours.warning,
    critical: colours.critical,
    series: names.map((name) => colours[`series-${name}`]),
    font,
  };
}
