import { isDeepStrictEqual } from 'node:util';
import { Document, Scalar, visit, type ToStringOptions } from 'yaml';
import { withCommentLayout } from './comment-layout.ts';
import { readYamlDocument } from './yaml-document.ts';
import type { YamlDocument } from './yaml-document.ts';
import { applyChanges } from './yaml-edit.ts';

const heading = ` Plimsoll's settings. Plimsoll changes only what you change in the window and keeps your comments.
 "plimsoll check FILE" says whether a file is valid.`;

const byteOrderMark = Buffer.from([0xef, 0xbb, 0xbf]);

/**
 * The document with what differs between `previous` (null for "nothing yet") and `next`, and everything else as its
 * owner wrote it: comments, order, indentation, line ends, byte order mark. `document` is what the bytes were read as; it is
 * used up.
 */
export function editedYaml(
  bytes: Uint8Array,
  { tree, text }: YamlDocument,
  previous: unknown,
  next: unknown,
): Uint8Array {
  if (!applyChanges(tree, previous, next)) return bytes;
  return encode(tree, text, Buffer.from(bytes).subarray(0, 3).equals(byteOrderMark));
}

/** What cannot be seen, or moves what can: escapes show it. */
const invisible = /[\p{Cf}\p{Zl}\p{Zp}\u007f-\u009f]/gu;

/** Settings as a document of their own, with a line that says what it is. */
export function newYaml(settings: unknown, comment: string = heading): Uint8Array {
  const tree = new Document(JSON.parse(JSON.stringify(settings)));
  tree.commentBefore = comment;
  visit(tree, {
    Scalar(_key, node) {
      if (typeof node.value === 'string' && /[^\P{Cc}\n]|[\p{Cf}\p{Zl}\p{Zp}]/u.test(node.value))
        node.type = Scalar.QUOTE_DOUBLE;
    },
  });
  return Buffer.from(tree.toString({ lineWidth: 0 }).replace(invisible, escaped));
}

function escaped(character: string): string {
  return `\\U${(character.codePointAt(0) ?? 0).toString(16).padStart(8, '0')}`;
}

/** The tree as text, in the manner of the text it came from. */
function encode(tree: Document, text: string, withByteOrderMark: boolean): Uint8Array {
  const listsAreIndented = !/^( *)[^\s#-][^\n]*:[ \t]*(#[^\n]*)?\r?\n\1- /m.test(text);
  const step = /^( {1,8})\S/m.exec(text)?.[1]?.length ?? 2;
  const written = withoutAddedLine(tree, text, {
    lineWidth: 0,
    indentSeq: listsAreIndented,
    indent: Math.min(Math.max(step, 2), 8),
    flowCollectionPadding: !/[[{][^\s\]}]/.test(text),
  });
  const kept = asCommented(tree, text, written);
  const lines = text.includes('\r\n') ? kept.replace(/\r?\n/g, '\r\n') : kept;
  return Buffer.concat([withByteOrderMark ? byteOrderMark : Buffer.alloc(0), Buffer.from(lines)]);
}

/** With the comments where they stood, as long as that changes nothing of what the document says. */
function asCommented(tree: Document, text: string, written: string): string {
  const moved = withCommentLayout(text, written);
  if (moved === written) return written;
  try {
    return isDeepStrictEqual(readYamlDocument(Buffer.from(moved)).content, tree.toJS()) ? moved : written;
  } catch {
    return written;
  }
}

/** The library puts a blank line before the document's last comment; where there was none, there shall be none. */
function withoutAddedLine(tree: Document, text: string, style: ToStringOptions): string {
  const written = tree.toString(style);
  if (tree.comment === null) return written;
  const ending = `${tree.comment.replace(/^(?!$)/gm, '#')}\n`;
  const hadBlankLine = /\n[ \t]*\r?\n$/.test(
    text.slice(0, Math.max(0, text.lastIndexOf(ending.split('\n')[0] ?? ''))),
  );
  return hadBlankLine || !written.endsWith(`\n\n${ending}`)
    ? written
    : `${written.slice(0, -ending.length - 1)}${ending}`;
}
