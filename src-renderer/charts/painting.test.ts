import { createCanvas } from '@napi-rs/canvas';
import { expect, test } from 'vitest';
import { Format } from '../state/format.ts';
import { paint, plotIn } from './painting.ts';
import type { Scene, Trace } from './painting.ts';

const [width, height] = [400, 200];
const grey = '#808080';
const trace: Omit<Trace, 'columns'> = {
  ...{ colour: '#0000ff', gapMs: 150, shiftMs: 0, look: 'line', isFaint: false },
};

function columns(at: number[], value: number) {
  const values = at.map(() => value);
  return { at, min: values, avg: values, max: values };
}

function scene(change: Partial<Scene>): Scene {
  return {
    ...{ from: 0, to: 1000, axis: { low: 0, high: 100, ticks: [0, 100] }, unit: 'percent', sign: '' },
    ...{ traces: [], lines: [], bands: [], strips: [], gaps: [], format: new Format('en') },
    colours: {
      ...{ line: grey, area: grey, band: grey, grid: grey, text: grey, hatch: '#00ff00', ground: '#ffffff' },
      ...{ warning: '#ffaa00', warningInk: grey, warningSoft: '#ffff00' },
      ...{ critical: '#ff0000', criticalInk: grey, criticalSoft: grey, series: [] },
    },
    ...change,
  };
}

/** The colours at moments of time, at a value: `b` for the series, `g` for a hatch, `y` for a band, `.` for nothing of these. */
function look(change: Partial<Scene>, moments: readonly number[], value: number): string {
  const canvas = createCanvas(width, height);
  const ctx = canvas.getContext('2d');
  paint(ctx as unknown as CanvasRenderingContext2D, width, height, scene(change));
  const plot = plotIn(width, height);
  const y = Math.round(plot.bottom - (value / 100) * (plot.bottom - plot.top));
  return moments
    .map((at) => {
      const x = Math.round((at / 1000) * (plot.right - plot.left));
      const { data } = ctx.getImageData(x - 6, y - 4, 12, 8);
      let found = '.';
      for (let i = 0; i < data.length; i += 4) {
        const [red = 0, green = 0, blue = 0, alpha = 0] = data.slice(i, i + 4);
        if (alpha < 120) continue;
        if (blue > 200 && red < 60) return 'b';
        if (green > 200 && red < 120 && blue < 60) found = 'g';
        if (red > 200 && green > 200 && blue < 60) found = 'y';
      }
      return found;
    })
    .join('');
}

test('a line is where the values are, and not across a gap, which is hatched', () => {
  const at = [0, 100, 200, 300, 700, 800, 900, 1000];
  const traces = [{ ...trace, columns: columns(at, 50) }];
  const gaps = [{ from: 300, to: 700, name: 'off', why: 'off' as const }];
  expect(look({ traces, gaps }, [50, 250, 450, 550, 750, 950], 50)).toBe('bbggbb');
  expect(look({ traces, gaps }, [50, 250, 750], 80)).toBe('...');
});

test('a lone value is seen, and the period before lies under this one', () => {
  expect(look({ traces: [{ ...trace, columns: columns([500], 50) }] }, [400, 500, 600], 50)).toBe('.b.');
  const before = { ...trace, shiftMs: 1000, columns: columns([-1000, -900, -800, -700], 20) };
  expect(look({ traces: [before] }, [50, 150, 250, 600], 20)).toBe('bbb.');
});

test('a band fills its time from the top to the bottom', () => {
  const bands = [{ from: 200, to: 400, severity: 'warning' as const }];
  expect(look({ bands }, [100, 300, 500], 60)).toBe('.y.');
});
