/**
 * Continues with a value or a promise of one. A plain value is passed on synchronously, because a promise costs more
 * than most readings of this machine.
 */
export function withRead<Read, Made>(
  read: Promise<Read> | Read,
  make: (read: Read) => Promise<Made> | Made,
): Promise<Made> | Made {
  return read instanceof Promise ? read.then(make) : make(read);
}
