import { z } from 'zod';
import { defineSource, onlyFed } from '../source-kind.ts';

export const push = defineSource({
  kind: 'push',
  title: 'Pushed numbers',
  description:
    'Takes numbers that others send, with one line of curl: `POST /api/v1/push/NAME?value=23.1`, a text body with a number, or a JSON body with `value` or `metrics`. It needs a token with the scope `ingest`. The interval says how often numbers are expected.',
  intervalSeconds: 60,
  example: { name: 'greenhouse', intervalSeconds: 300 },
  anyMetric: true,
  fed: true,
  options: z.strictObject({}),
  metrics: {
    value: {
      title: 'Value',
      unit: 'none',
      help: 'The number that was sent without a name. Numbers in `metrics` keep the names they are sent with.',
    },
  },
  open: () => onlyFed,
});
