import type { Attachment } from 'svelte/attachments';
import type { Stretch } from '../../state/explore-address.ts';

interface Hands {
  /** The time at so many pixels from the left of the plot. */
  timeAt: (x: number) => number;
  /** The pointer is there; null when it has left. */
  onpoint: (at: number | null) => void;
  /** What is being drawn open by the mouse; null when that is over. */
  onselect: (stretch: Stretch | null) => void;
  onchoose: (stretch: Stretch) => void;
  onzoom: (factor: number, around: number) => void;
  /** By so many milliseconds: later above zero. */
  onpan: (ms: number) => void;
}

/** A shorter drag is a click. */
const leastPixels = 6;

/**
 * Drag selects, with Shift it moves; the wheel zooms with Ctrl or where the chart has the focus, sideways it moves. One finger moves
 * sideways (up and down scrolls the page), two zoom.
 */
export function gestures(hands: Hands): Attachment<HTMLElement> {
  return (place) => {
    const fingers = new Map<number, number>();
    let selecting: { pointer: number; x: number } | null = null;
    let panning: { pointer: number; x: number } | null = null;
    const xOf = (event: MouseEvent): number => event.clientX - place.getBoundingClientRect().left;
    const stretchOf = (a: number, b: number): Stretch => ({
      from: hands.timeAt(Math.min(a, b)),
      to: hands.timeAt(Math.max(a, b)),
    });

    function down(event: PointerEvent): void {
      if (event.pointerType === 'mouse' && event.button !== 0) return;
      const x = xOf(event);
      place.setPointerCapture(event.pointerId);
      if (event.pointerType === 'touch') {
        fingers.set(event.pointerId, x);
        hands.onpoint(fingers.size === 1 ? hands.timeAt(x) : null);
      } else if (event.shiftKey || event.button === 1) panning = { pointer: event.pointerId, x };
      else selecting = { pointer: event.pointerId, x };
    }

    function move(event: PointerEvent): void {
      const x = xOf(event);
      const before = fingers.get(event.pointerId);
      if (before !== undefined) {
        touch(event.pointerId, before, x);
        return;
      }
      hands.onpoint(hands.timeAt(x));
      if (panning?.pointer === event.pointerId) {
        hands.onpan(hands.timeAt(panning.x) - hands.timeAt(x));
        panning.x = x;
      }
      if (selecting?.pointer === event.pointerId && Math.abs(x - selecting.x) >= leastPixels)
        hands.onselect(stretchOf(selecting.x, x));
    }

    function touch(pointer: number, before: number, x: number): void {
      const [other] = [...fingers].filter(([id]) => id !== pointer);
      if (other === undefined) hands.onpan(hands.timeAt(before) - hands.timeAt(x));
      else {
        const [, still] = other;
        const [apart, now] = [Math.abs(before - still), Math.abs(x - still)];
        if (apart > 8 && now > 8) hands.onzoom(apart / now, hands.timeAt((x + still) / 2));
      }
      fingers.set(pointer, x);
    }

    function up(event: PointerEvent): void {
      fingers.delete(event.pointerId);
      if (selecting?.pointer === event.pointerId) {
        const x = xOf(event);
        const { x: start } = selecting;
        selecting = null;
        hands.onselect(null);
        if (event.type === 'pointerup' && Math.abs(x - start) >= leastPixels)
          hands.onchoose(stretchOf(start, x));
      }
      if (panning?.pointer === event.pointerId) panning = null;
    }

    function wheel(event: WheelEvent): void {
      const sideways = Math.abs(event.deltaX) > Math.abs(event.deltaY);
      const zooms = event.ctrlKey || event.metaKey || document.activeElement === place;
      if (!sideways && !zooms) return;
      event.preventDefault();
      const x = xOf(event);
      if (sideways) hands.onpan(hands.timeAt(event.deltaX) - hands.timeAt(0));
      else
        hands.onzoom(
          Math.exp(Math.sign(event.deltaY) * Math.min(0.4, Math.abs(event.deltaY) / 300)),
          hands.timeAt(x),
        );
    }

    function leave(event: PointerEvent): void {
      if (event.pointerType === 'mouse') hands.onpoint(null);
    }

    const listeners = {
      pointerdown: down,
      pointermove: move,
      pointerup: up,
      pointercancel: up,
      pointerleave: leave,
    };
    for (const [type, listener] of Object.entries(listeners))
      place.addEventListener(type, listener as (event: Event) => void);
    place.addEventListener('wheel', wheel, { passive: false });
    return () => {
      for (const [type, listener] of Object.entries(listeners))
        place.removeEventListener(type, listener as (event: Event) => void);
      place.removeEventListener('wheel', wheel);
    };
  };
}
