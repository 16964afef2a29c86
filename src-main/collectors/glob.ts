/** Whether a text holds `*` or `?`. */
export function isGlob(text: string): boolean {
  return /[*?]/.test(text);
}

/**
 * Whether all of a name fits a pattern in which `*` stands for any characters and `?` for one. Takes at most the product of both
 * lengths: a regular expression of many stars would take for ever. Uses nothing outside itself: the thread of files gets its text.
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
      // The last star takes one more; earlier ones never need to, because it could take what they would.
      next = star + 1;
      at = ++starAt;
    } else return false;
  }
  while (pattern[next] === '*') next++;
  return next === pattern.length;
}
