import type { Rectangle } from 'electron';

/** Size of the popover, in the system's points. */
export const popoverSize = { width: 360, height: 520 } as const;
/** Between the popover and what it hangs on. */
const gap = 6;

export interface PopoverSurroundings {
  platform: NodeJS.Platform;
  /** Where the tray icon is; Linux does not tell and says zeros. */
  tray: Rectangle;
  cursor: { x: number; y: number };
  /** The display that the tray icon, or else the cursor, is on, without panels. */
  workArea: Rectangle;
}

/**
 * Where the popover opens: centred at the tray icon, on the side where there is room, and always whole on the display.
 * Where the icon's place is not known the cursor stands for it, since it has just clicked there.
 */
export function popoverPlace({ platform, tray, cursor, workArea }: PopoverSurroundings): Rectangle {
  const known = platform !== 'linux' && tray.width > 0 && tray.height > 0;
  const anchor = known ? tray : { x: cursor.x, y: cursor.y, width: 0, height: 0 };
  const width = Math.min(popoverSize.width, workArea.width);
  const height = Math.min(popoverSize.height, workArea.height);
  const isInUpperHalf = anchor.y + anchor.height / 2 < workArea.y + workArea.height / 2;
  const wanted = {
    x: Math.round(anchor.x + anchor.width / 2 - width / 2),
    y: isInUpperHalf ? anchor.y + anchor.height + gap : anchor.y - height - gap,
  };
  return {
    x: clamp(wanted.x, workArea.x, workArea.x + workArea.width - width),
    y: clamp(wanted.y, workArea.y, workArea.y + workArea.height - height),
    width,
    height,
  };
}

/** How the main window was left. */
export interface WindowPlace {
  bounds: Rectangle;
  isMaximized: boolean;
}

const usualSize = { width: 1120, height: 760 };
export const smallestSize = { width: 360, height: 480 } as const;
/** This much of the window has to be on a display, so that it can be taken hold of. */
const grip = { width: 120, height: 40 };

/**
 * Where the main window opens: where it was left, if enough of its upper edge is still on a display; otherwise in
 * its old size, as far as that fits, wherever the system puts it.
 */
export function windowPlace(
  remembered: unknown,
  workAreas: readonly Rectangle[],
): { bounds: Partial<Rectangle> & { width: number; height: number }; isMaximized: boolean } {
  const left = readPlace(remembered);
  if (left === undefined) return { bounds: fitting(usualSize, workAreas), isMaximized: false };
  const { bounds, isMaximized } = left;
  const isReachable = workAreas.some((area) => {
    const width = Math.min(bounds.x + bounds.width, area.x + area.width) - Math.max(bounds.x, area.x);
    const top = bounds.y;
    return width >= grip.width && top >= area.y && top <= area.y + area.height - grip.height;
  });
  const size = fitting(bounds, workAreas);
  return { bounds: isReachable ? { x: bounds.x, y: bounds.y, ...size } : size, isMaximized };
}

/** What was remembered, if it can be what we wrote. */
function readPlace(value: unknown): WindowPlace | undefined {
  if (typeof value !== 'object' || value === null || !('bounds' in value)) return undefined;
  const { bounds, isMaximized } = value as { bounds: unknown; isMaximized?: unknown };
  if (typeof bounds !== 'object' || bounds === null) return undefined;
  const { x, y, width, height } = bounds as Record<string, unknown>;
  if (!isLength(x) || !isLength(y) || !isLength(width) || !isLength(height)) return undefined;
  if (width < 1 || height < 1) return undefined;
  return { bounds: { x, y, width, height }, isMaximized: isMaximized === true };
}

function isLength(value: unknown): value is number {
  return Number.isInteger(value) && Math.abs(value as number) < 100_000;
}

function fitting(size: { width: number; height: number }, workAreas: readonly Rectangle[]) {
  const widest = Math.max(smallestSize.width, ...workAreas.map(({ width }) => width));
  const highest = Math.max(smallestSize.height, ...workAreas.map(({ height }) => height));
  return {
    width: clamp(size.width, smallestSize.width, widest),
    height: clamp(size.height, smallestSize.height, highest),
  };
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(value, most));
}
