const commentLine = /^([ \t]*)(#.*)$/;

/** A comment on a line of its own. */
interface Comment {
  indent: string;
  text: string;
  hasBlankBefore: boolean;
}

/**
 * Gives comments on lines of their own the indentation, and the blank line before them, that they had before an edit. A
 * writer of YAML moves a comment that follows an indented one, such as an entry that was commented out at the end of a
 * list, to where that stands. Comments are known by their text, in their order. What looks like a comment inside a block
 * of text may be one to this function: the caller has to see whether the document still means the same.
 */
export function withCommentLayout(before: string, after: string): string {
  const known = commentsIn(before);
  let next = 0;
  const lines: string[] = [];
  for (const line of after.split('\n')) {
    const text = commentLine.exec(line)?.[2];
    const at =
      text === undefined ? -1 : known.findIndex((other, index) => index >= next && other.text === text);
    const comment = known[at];
    if (comment === undefined) {
      lines.push(line);
      continue;
    }
    next = at + 1;
    if (comment.hasBlankBefore && lines.length > 0 && lines.at(-1) !== '') lines.push('');
    lines.push(comment.indent + comment.text);
  }
  return lines.join('\n');
}

function commentsIn(text: string): Comment[] {
  const lines = text.split('\n').map((line) => line.trimEnd());
  return lines.flatMap((line, index) => {
    const [, indent, comment] = commentLine.exec(line) ?? [];
    if (indent === undefined || comment === undefined) return [];
    return [{ indent, text: comment, hasBlankBefore: lines[index - 1] === '' }];
  });
}
