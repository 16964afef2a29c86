import type { Attachment } from 'svelte/attachments';
import { placesOf, wordsOf } from '../state/finding.ts';

const name = 'found';
/** More would only slow the page down; nobody looks at so many. */
const rangesAtMost = 500;

/**
 * Marks what is looked for wherever it stands inside of an element, as text is drawn: the document stays as it is.
 * `app.css` says how it looks. Browsers without custom highlights only find.
 */
export function highlight(text: string): Attachment<HTMLElement> {
  return (element) => {
    if (!('highlights' in CSS)) return;
    const words = wordsOf(text);
    const mark = (): void => {
      CSS.highlights.set(name, new Highlight(...rangesOf(words, element)));
    };
    mark();
    // What is shown later, such as the rest of a list, has its marks too.
    const observer = new MutationObserver(mark);
    if (words.length > 0) observer.observe(element, { childList: true, subtree: true, characterData: true });
    return () => {
      observer.disconnect();
      CSS.highlights.delete(name);
    };
  };
}

function rangesOf(words: readonly string[], element: HTMLElement): Range[] {
  if (words.length === 0) return [];
  const ranges: Range[] = [];
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  for (
    let node = walker.nextNode();
    node !== null && ranges.length < rangesAtMost;
    node = walker.nextNode()
  ) {
    for (const [from, to] of placesOf(words, node.nodeValue ?? '')) {
      const range = new Range();
      range.setStart(node, from);
      range.setEnd(node, to);
      ranges.push(range);
    }
  }
  return ranges;
}
