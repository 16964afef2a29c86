import net from 'node:net';
import { loopback } from './loopback.ts';

/** As much of a broker as takes one message at QoS 1 (MQTT 5, 3.2, 3.4): busy while it is away. */
export function smallBroker(isAway: () => boolean = () => false): Promise<number> {
  return loopback(
    net.createServer((socket) => {
      socket.on('data', (packet: Buffer) => {
        const type = (packet[0] ?? 0) >> 4;
        if (type === 1) socket.write(Buffer.of(0x20, 3, 0, isAway() ? 0x89 : 0, 0));
        if (type !== 3) return;
        // Behind the remaining length, of one byte or more, and the topic stands the number of the packet.
        let at = 1;
        while ((packet[at] ?? 0) >= 128) at++;
        const number = at + 3 + packet.readUInt16BE(at + 1);
        socket.write(Buffer.of(0x40, 2, packet[number] ?? 0, packet[number + 1] ?? 0));
      });
    }),
  );
}
