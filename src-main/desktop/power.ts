import { powerMonitor } from 'electron';
import type { Log } from '../base/log.ts';

const events = ['suspend', 'resume', 'lock-screen', 'unlock-screen', 'on-ac', 'on-battery'] as const;

/**
 * Listens to the system's power events. They are only hints, which are logged and refresh the display; lost time is
 * always detected by comparing clocks. The returned function stops listening.
 */
export function watchPower(log: Log, parts: { onAwake(): void; onShutdown(): void }): () => void {
  const ends = events.map((event) => {
    const hear = () => {
      log.info('power', { event });
      if (event === 'resume' || event === 'unlock-screen') parts.onAwake();
    };
    // Cast because the typings have one overload for each event and none for all.
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
