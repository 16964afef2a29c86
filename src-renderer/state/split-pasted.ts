/**
 * Several texts that were pasted at once, separated by commas, semicolons, tabs or lines, or by lines alone; at most so many, each of so many
 * characters. Of a megabyte only what can be kept is looked at.
 */
export function splitPasted(text: string, most: number, characters: number, wholeLines = false): string[] {
  return text
    .slice(0, most * (characters + 2))
    .split(wholeLines ? /[\r\n]+/ : /[,;\t\r\n]+/, most * 2)
    .map((part) => part.trim().slice(0, characters))
    .filter((part) => part !== '')
    .slice(0, most);
}
