/** The name itself, or with the first number from 2 on behind it that nobody has yet. */
export function firstFree(
  wanted: string,
  separator: string,
  isTaken: (candidate: string) => boolean,
): string {
  if (!isTaken(wanted)) return wanted;
  let number = 2;
  while (isTaken(`${wanted}${separator}${number}`)) number++;
  return `${wanted}${separator}${number}`;
}

/** An id of small letters, digits and hyphens made from a name, or from `otherwise` where that has none of them. */
export function freeId(name: string, otherwise: string, isTaken: (candidate: string) => boolean): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const wanted = plain.replace(/^-/, '').slice(0, 56).replace(/-$/, '') || otherwise;
  return firstFree(wanted, '-', isTaken);
}
