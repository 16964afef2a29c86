// The module stays loaded between readings, so it can count what has happened since the last one.
import { loadavg, uptime } from 'node:os';

let last: { at: number; uptimeSeconds: number } | undefined;

export function collect(): Record<string, number> {
  const now = { at: performance.now(), uptimeSeconds: uptime() };
  const passed = last === undefined ? undefined : (now.at - last.at) / 1000;
  last = now;
  return {
    load_one_minute: loadavg()[0] ?? 0,
    ...(passed === undefined ? {} : { seconds_since_last: passed }),
  };
}
