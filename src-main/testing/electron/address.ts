/*
 * Chromium asks nobody for an address with a scheme that it does not know, so that `plimsoll://app/x` is shown as
 * `http://app.plimsoll.localhost/x`. The application never sees the latter.
 */

/** The address under which Chromium shows one of the application's own. */
export function shownAddress(url: string): string {
  const own = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)(.*)$/i.exec(url);
  if (own === null || /^(https?|wss?|file|chrome|devtools)$/i.test(own[1] ?? '')) return url;
  return `http://${own[2]}.${own[1]}.localhost${own[3]}`;
}

/** The application's own address behind the one that Chromium shows; any other as it is. */
export function ownAddress(url: string): string {
  const shown = /^http:\/\/([^/?#]*)\.([a-z][a-z0-9+-]*)\.localhost(?=[/?#]|$)(.*)$/i.exec(url);
  return shown === null ? url : `${shown[2]}://${shown[1]}${shown[3]}`;
}
