import { powerMonitor } from 'electron';
import type { Log } from '../base/log.ts';

const events = ['suspend', 'resume', 'lock-screen', 'unlock-screen', 'on-ac', 'on-battery'] as const;

/**
 * What the system says of sleep and power, as hints: whether time was lost is found out by the clocks, everywhere. They are
 * written down, and what is shown is brought up to date after them. Returns what ends the listening.
 */
export function watchPower(log: Log, parts: { onAwake(): void; onShutdown(): void }): () => void {
  const ends = events.map((event) => {
    const hear = () => {
      log.info('power', { event });
      if (event === 'resume' || event === 'unlock-screen') parts.onAwake();
    };
    // One name at a time: the typings have an overload for each and none for all.
    const emitter: NodeJS.EventEmitter = powerMonitor;
    emitter.on(event, hear);
    return () => emitter.off(event, hear);
  });
  const shutdown = () => {
    log.info('power', { event: 'shutdown' });
    parts.onShutdown();
  };
  powerMonitor.on('shutdown', shutdown);
  return () => {
    for (const end of ends) end();
    powerMonitor.off('shutdown', shutdown);
  };
}
