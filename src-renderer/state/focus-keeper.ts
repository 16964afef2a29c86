/** What can have the focus by itself. */
const focusable =
  'a[href], button:not(:disabled), input:not(:disabled), select:not(:disabled), textarea:not(:disabled), summary, [tabindex="0"]';
/** What is left of a part that somebody was in is where they go on; beyond these, the view begins anew. */
const parts = 'li, article, form, section, fieldset, dialog';

/**
 * Gives the focus a place when what had it is taken away, such as a button that is done with or a view that is left: without one it
 * falls to the whole page, and who goes by keys begins at its top. The returned function ends it.
 */
export function keepFocus(page: Document): () => void {
  let lost: readonly Element[] = [];

  function remember(event: FocusEvent): void {
    const path: Element[] = [];
    // Once it is taken away nothing tells any more where it was.
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

/** The next thing in the same part of the view; otherwise the view's own title. */
function placeIn(page: Document, left: Element | undefined): HTMLElement | null {
  const main = page.querySelector('main');
  const part = left !== undefined && main?.contains(left) === true ? left.closest(parts) : null;
  const next = part === null ? null : part.querySelector<HTMLElement>(focusable);
  if (next !== null) return next;
  const title = main?.querySelector<HTMLElement>('h1') ?? page.querySelector<HTMLElement>('h1');
  if (title !== null) title.tabIndex = -1;
  return title;
}
