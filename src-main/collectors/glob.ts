/** Whether a text holds `*` or `?`. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Whether a whole name matches a pattern in which `*` stands for any characters and `?` for one. Takes time at most
 * proportional to the product of both lengths, while a regular expression with many stars would take for ever. Uses
 * nothing outside itself, because the file thread gets its source text.
 */
export function fitsGlob(glob: string, name: string): boolean {
  const [pattern, text] = [Array.from(glob), Array.from(name)];
  let at = 0;
  let next = 0;
  let star = -1;
  let starAt = 0;
  while (at < text.length) {
    if (pattern[next] === '*') {
      star = next++;
      starAt = at;
    } else if (pattern[next] === '?' || pattern[next] === text[at]) {
      next++;
      at++;
    } else if (star >= 0) {
      // Let the last star take one more character. Earlier stars never need to: the last one could take whatever they
      // would.
      next = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[next] === '*') next++;
  return next === pattern.length;
}
