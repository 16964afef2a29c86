/** Elements that can have the focus. */
const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';
/** If one of these around the lost element still exists, the focus stays in it; otherwise it goes to the view's title. */
const parts = 'li, article, form, section, fieldset, dialog';

/**
 * Moves the focus when the focused element is removed, such as a used button or a left view. Otherwise the focus falls
 * to the page, and keyboard users start at its top again. The returned function stops it.
 */
export function keepFocus(page: Document): () => void {
  let lost: readonly Element[] = [];

  function remember(event: FocusEvent): void {
    const path: Element[] = [];
    // After the removal there is no way to find out where the element was.
    for (let at = event.target; at instanceof Element && at !== page.body; at = at.parentElement)
      path.push(at);
    lost = path;
  }

  const observer = new MutationObserver(() => {
    const [focused] = lost;
    if (focused === undefined || focused.isConnected || page.activeElement !== page.body) return;
    const left = lost.find((element) => element.isConnected);
    lost = [];
    placeIn(page, left)?.focus();
  });
  page.addEventListener('focusin', remember);
  observer.observe(page.body, { childList: true, subtree: true });
  return () => {
    page.removeEventListener('focusin', remember);
    observer.disconnect();
  };
}

/** The next focusable element in the same part of the view; otherwise the view's title. */
function placeIn(page: Document, left: Element | undefined): HTMLElement | null {
  const main = page.querySelector('main');
  const part = left !== undefined && main?.contains(left) === true ? left.closest(parts) : null;
  const next = part === null ? null : part.querySelector<HTMLElement>(focusable);
  if (next !== null) return next;
  const title = main?.querySelector<HTMLElement>('h1') ?? page.querySelector<HTMLElement>('h1');
  if (title !== null) title.tabIndex = -1;
  return title;
}
