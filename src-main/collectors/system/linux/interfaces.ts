import { isUtf8 } from 'node:buffer';
import { ByteCursor } from '../byte-cursor.ts';
import { damaged } from '../proc-files.ts';
import type { ProcFiles } from '../proc-files.ts';
import type { InterfaceCounters } from '../system.ts';

/** What network interfaces sent and received, from `/proc/net/dev`. */
export class Interfaces {
  readonly #files: ProcFiles;
  readonly #path: string;
  readonly #columns = new Float64Array(16);

  constructor(files: ProcFiles, path: string) {
    this.#files = files;
    this.#path = path;
  }

  /**
   * From `/proc/net/dev` (proc(5)): after two header lines one line per interface, `name: ` and sixteen counters:
   * received bytes, packets, errs, drop, fifo, frame, compressed, multicast, then sent bytes, packets, errs, drop,
   * fifo, colls, carrier, compressed. A name may contain a colon, so the last colon of the line ends it (as in psutil
   * 5.9.4, `net_io_counters`); the kernel allows any byte in it except white space and `/`.
   */
  read(): InterfaceCounters[] {
    const bytes = this.#files.readShort('net/dev');
    const cursor = new ByteCursor(bytes);
    cursor.nextLine();
    cursor.nextLine();
    const interfaces: InterfaceCounters[] = [];
    while (!cursor.atEnd) {
      cursor.skipSpaces();
      const colon = bytes.lastIndexOf(':', cursor.lineEnd());
      if (colon <= cursor.position) throw damaged(this.#path, 'a line has no interface name');
      const name = bytes.subarray(cursor.position, colon);
      cursor.moveTo(colon + 1);
      const columns = this.#columns;
      for (let column = 0; column < columns.length; column++) {
        const value = cursor.number();
        if (value === null) throw damaged(this.#path, 'a line has fewer than sixteen numbers');
        columns[column] = value;
      }
      const at = (column: number) => columns[column] ?? NaN;
      interfaces.push({
        name: textOf(name),
        receivedBytes: at(0),
        sentBytes: at(8),
        packets: { received: at(1), sent: at(9), errors: at(2) + at(10), drops: at(3) + at(11) },
      });
      cursor.nextLine();
    }
    return interfaces;
  }
}

/** Decodes bytes so that two names that are not UTF-8 do not become the same text. */
function textOf(bytes: Buffer): string {
  return bytes.toString(isUtf8(bytes) ? 'utf8' : 'latin1');
}
