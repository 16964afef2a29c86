/** The views, in the order of the navigation; the popover is a separate window. */
export const viewNames = [
  'overview',
  'alerts',
  'explore',
  'rules',
  'sources',
  'destinations',
  'hosts',
  'downtimes',
  'reports',
  'settings',
  'popover',
] as const;
export type ViewName = (typeof viewNames)[number];

/** The reader's location: a view, the item that is open in it, and the view's own state. */
export interface Route {
  view: ViewName;
  id: string | null;
  query: Readonly<Record<string, string>>;
}

/** Parses the fragment of an address. Unknown ones lead to the overview. */
export function parseRoute(fragment: string): Route {
  const [path = '', search = ''] = fragment.replace(/^#?\/?/, '').split('?', 2);
  const [view = '', id = ''] = path.split('/', 2);
  if (!isView(view)) return { view: 'overview', id: null, query: {} };
  return { view, id: decode(id) || null, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The fragment of a route: `#/alerts/ID?state=firing`. Empty query values are left out. */
export function routeHref(
  view: ViewName,
  id: string | null = null,
  query: Record<string, string> = {},
): string {
  const kept = Object.entries(query).filter(([, value]) => value !== '');
  const search = kept.length === 0 ? '' : `?${new URLSearchParams(kept).toString()}`;
  return `#/${view}${id === null ? '' : `/${encodeURIComponent(id.toWellFormed())}`}${search}`;
}

/** The one-time code in an address, such as `#code=…`; null if there is none. */
export function codeIn(text: string): string | null {
  const code = /(?:^|#|[?&])code=([A-Za-z0-9_-]+)/.exec(text)?.[1];
  if (code !== undefined) return code;
  const bare = text.trim();
  return /^[A-Za-z0-9_-]{16,128}$/.test(bare) ? bare : null;
}

function isView(name: string): name is ViewName {
  return viewNames.some((view) => view === name);
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
