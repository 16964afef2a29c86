import { parseRoute, routeHref } from './route.ts';
import type { Route, ViewName } from './route.ts';

/** Called before the reader leaves a view with unsaved changes; resolves to whether they may. */
export type LeaveGuard = (to: Route) => Promise<boolean>;

/** The reader's location, taken from the address. Links are plain anchors, and `back` and `forward` are the browser's own. */
export class Router {
  #route = $state.raw<Route>(parseRoute(location.hash));
  #fragment = location.hash;
  #guard: LeaveGuard | null = null;

  constructor() {
    window.addEventListener('hashchange', () => void this.#follow());
  }

  get route(): Route {
    return this.#route;
  }

  go(view: ViewName, id: string | null = null, query: Record<string, string> = {}): void {
    location.hash = routeHref(view, id, query);
  }

  /** Changes the view's state without a new entry in the browser's history. */
  replace(view: ViewName, id: string | null = null, query: Record<string, string> = {}): void {
    const fragment = routeHref(view, id, query);
    history.replaceState(history.state, '', fragment);
    this.#fragment = fragment;
    this.#route = parseRoute(fragment);
  }

  /** Calls `guard` before the address changes; the returned function removes it. */
  protect(guard: LeaveGuard): () => void {
    this.#guard = guard;
    return () => {
      if (this.#guard === guard) this.#guard = null;
    };
  }

  async #follow(): Promise<void> {
    const wanted = location.hash;
    if (wanted === this.#fragment) return;
    const guard = this.#guard;
    if (guard !== null && changesPlace(parseRoute(wanted), this.#route)) {
      // The address must show the reader's location while they are asked.
      history.pushState(null, '', this.#fragment);
      if (!(await guard(parseRoute(wanted)))) return;
      this.#guard = null;
      history.replaceState(null, '', wanted);
    }
    this.#fragment = wanted;
    this.#route = parseRoute(wanted);
  }
}

/** A new entry has no name yet, so its query identifies it. */
function changesPlace(to: Route, from: Route): boolean {
  const other = to.id === 'new' && JSON.stringify(to.query) !== JSON.stringify(from.query);
  return to.view !== from.view || to.id !== from.id || other;
}
