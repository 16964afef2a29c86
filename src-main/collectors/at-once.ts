/**
 * Goes on with what was read: at once where it is there, for a promise costs more than most readings of this machine do, and later
 * where it is awaited.
 */
export function withRead<Read, Made>(
  read: Promise<Read> | Read,
  make: (read: Read) => Promise<Made> | Made,
): Promise<Made> | Made {
  return read instanceof Promise ? read.then(make) : make(read);
}
