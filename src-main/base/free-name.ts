/** The name itself, or the name with the first free number from 2 on. */
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

/** A free id of lower-case letters, digits and hyphens made from a name, or from `otherwise` if the name contains none of these. */
export function freeId(name: string, otherwise: string, isTaken: (candidate: string) => boolean): string {
  const plain = name
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-');
  const wanted = plain.replace(/^-/, '').slice(0, 56).replace(/-$/, '') || otherwise;
  return firstFree(wanted, '-', isTaken);
}
