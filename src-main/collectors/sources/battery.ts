import { z } from 'zod';
import { roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';

export const battery = defineSource({
  kind: 'battery',
  title: 'Battery',
  description: 'How full the battery of this machine is, and whether it is plugged in.',
  intervalSeconds: 30,
  local: true,
  options: z.strictObject({}),
  metrics: {
    battery_percent: {
      title: 'Battery',
      unit: 'percent',
      full: 100,
      help: 'What is left of what it can hold now, all batteries together.',
    },
    on_ac: {
      title: 'Plugged in',
      unit: 'none',
      full: 1,
      help: '1 while the machine is plugged in, 0 while it lives on its battery.',
    },
  },
  open(_options, { system }) {
    return {
      async collect() {
        const { percent, onAc } = await system.battery();
        return [
          { metric: 'battery_percent', labels: {}, value: roundPercent(percent) },
          ...(onAc === null ? [] : [{ metric: 'on_ac', labels: {}, value: onAc ? 1 : 0 }]),
        ];
      },
    };
  },
});
