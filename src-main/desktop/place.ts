import type { Rectangle } from 'electron';

/** Size of the popover, in the system's logical points. */
export const popoverSize = { width: 360, height: 520 } as const;
/** Distance between the popover and its anchor. */
const gap = 6;

export interface PopoverSurroundings {
  platform: NodeJS.Platform;
  /** Bounds of the tray icon; Linux does not report them and gives zeros. */
  tray: Rectangle;
  cursor: { x: number; y: number };
  /** Area without panels of the display that has the tray icon, or else the cursor. */
  workArea: Rectangle;
}

/**
 * Position of the popover: centred at the tray icon, on the side with room, and always completely on the display. If
 * the icon's position is unknown, the cursor's is used, since it has just clicked the icon.
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

/** The saved place of the main window. */
export interface WindowPlace {
  bounds: Rectangle;
  isMaximized: boolean;
}

const usualSize = { width: 1120, height: 760 };
export const smallestSize = { width: 360, height: 480 } as const;
/** At least this much of the window must be on a display, so that it can be dragged. */
const grip = { width: 120, height: 40 };

/**
 * Position of the main window: the saved one if enough of its upper edge is on a display. Otherwise only the saved
 * size, as far as it fits, and the system chooses the position.
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

/** Validates the saved place. */
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
