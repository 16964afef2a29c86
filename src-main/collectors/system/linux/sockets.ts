import { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../proc-files.ts';

/**
 * The number after `TCP: inuse` and the like in `/proc/net/sockstat` (proc(5)): the kernel maintains these counts,
 * while each reading of `/proc/net/tcp` walks its whole table of connections. Null if the line is missing, as without
 * IPv6.
 */
export function socketsInUse(
  bytes: Buffer,
  protocol: 'TCP' | 'UDP' | 'TCP6' | 'UDP6',
  path: string,
): number | null {
  const cursor = new ByteCursor(bytes);
  const word = words[protocol];
  while (!cursor.atEnd) {
    if (cursor.take(word)) {
      const count = cursor.number();
      if (count === null) throw damaged(path, `the line of ${protocol} has no number`);
      return count;
    }
    cursor.nextLine();
  }
  return null;
}

const words = {
  TCP: Buffer.from('TCP: inuse '),
  UDP: Buffer.from('UDP: inuse '),
  TCP6: Buffer.from('TCP6: inuse '),
  UDP6: Buffer.from('UDP6: inuse '),
};

/** Names of netstat and ss for the kernel's state numbers (include/net/tcp_states.h). */
const stateNames = [
  ...[
    '',
    'established',
    'syn_sent',
    'syn_recv',
    'fin_wait1',
    'fin_wait2',
    'time_wait',
    'close',
    'close_wait',
  ],
  ...['last_ack', 'listen', 'closing', 'new_syn_recv'],
];

/**
 * Counts states in a `/proc/net/tcp` or `tcp6` (proc(5)): after a header, lines of `slot: local remote state …`, with
 * the state as two hexadecimal digits.
 */
export function countTcpStates(bytes: Buffer, counts: Map<string, number>): void {
  const cursor = new ByteCursor(bytes);
  cursor.nextLine();
  while (!cursor.atEnd) {
    cursor.word();
    cursor.word();
    cursor.word();
    const name = stateNames[parseInt(cursor.word(), 16)];
    if (name !== undefined && name !== '') counts.set(name, (counts.get(name) ?? 0) + 1);
    cursor.nextLine();
  }
}
