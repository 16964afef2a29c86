/**
 * Splits a pasted text at commas, semicolons, tabs and line ends, or only at line ends with `wholeLines`. Returns at
 * most `most` texts of at most `characters` each, and reads no more of a large text than needed.
 */
export function splitPasted(text: string, most: number, characters: number, wholeLines = false): string[] {
  return text
    .slice(0, most * (characters + 2))
    .split(wholeLines ? /[\r\n]+/ : /[,;\t\r\n]+/, most * 2)
    .map((part) => part.trim().slice(0, characters))
    .filter((part) => part !== '')
    .slice(0, most);
}
