import { z } from 'zod';
import { labelText, leftOutMetric, withinBound } from './labels.ts';
import { defineSource } from '../source-kind.ts';

export const temperatures = defineSource({
  kind: 'temperatures',
  title: 'Temperatures',
  description: 'What the sensors of this machine say. Virtual machines have none.',
  intervalSeconds: 15,
  local: true,
  options: z.strictObject({}),
  metrics: {
    temperature_celsius: {
      title: 'Temperature',
      unit: 'celsius',
      labels: ['sensor'],
      help: 'As the sensor tells it. One that cannot be read is absent.',
    },
    ...leftOutMetric,
  },
  open(_options, { system }) {
    return {
      async collect() {
        const { kept, leftOut } = withinBound(await system.temperatures(), 1, ({ celsius }) => celsius);
        const samples = kept.map(({ sensor, celsius }) => ({
          metric: 'temperature_celsius',
          labels: { sensor: labelText(sensor) },
          value: Math.round(celsius * 10) / 10,
        }));
        return [...samples, ...leftOut];
      },
    };
  },
});
