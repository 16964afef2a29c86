import { z } from 'zod';
import { defineSource } from '../source-kind.ts';

export const uptime = defineSource({
  kind: 'uptime',
  title: 'Uptime',
  description: 'How long ago this machine was started.',
  intervalSeconds: 60,
  local: true,
  options: z.strictObject({}),
  metrics: {
    uptime_seconds: {
      title: 'Uptime',
      unit: 'seconds',
      help: 'Time since the machine was started, sleep included. It falls when it is started again.',
    },
    boot_time: {
      title: 'Started at',
      unit: 'none',
      help: 'When the machine was started, in seconds since 1970. It moves a little when the clock is set.',
    },
  },
  open(_options, { system }) {
    return {
      async collect() {
        const { seconds, bootedAt } = await system.uptime();
        return [
          { metric: 'uptime_seconds', labels: {}, value: Math.floor(seconds) },
          { metric: 'boot_time', labels: {}, value: bootedAt },
        ];
      },
    };
  },
});
