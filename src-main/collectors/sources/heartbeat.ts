import { z } from 'zod';
import { defineSource, onlyFed } from '../source-kind.ts';

export const heartbeat = defineSource({
  kind: 'heartbeat',
  title: 'Heartbeat',
  description:
    'Waits for a sign of life that something else sends, such as a backup when it is done: `POST /api/v1/push/NAME`, without a body. It needs a token with the scope `ingest`. A rule on the age speaks up when none comes.',
  intervalSeconds: 30,
  example: { name: 'backup', intervalSeconds: 60 },
  fed: true,
  options: z.strictObject({}),
  metrics: {
    heartbeat_age_seconds: {
      title: 'Heartbeat, age',
      unit: 'seconds',
      help: 'How long Plimsoll has been waiting since the last heartbeat, or, before the first, since it began to wait. Only time in which one could have been heard counts: not that of sleep, nor that in which Plimsoll was not running.',
    },
  },
  open: () => onlyFed,
});
