import { z } from 'zod';
import { gibibytes, roundPercent } from './rounding.ts';
import { defineSource } from '../source-kind.ts';

export const disk = defineSource({
  kind: 'disk',
  title: 'Disk',
  description: 'How full one volume is: the one that the operating system lives on, or another.',
  intervalSeconds: 60,
  example: { name: 'data', path: '/data' },
  paths: ['path'],
  local: true,
  options: z.strictObject({
    path: z
      .string()
      .min(1)
      .max(4096, 'a path has at most 4096 characters')
      .refine((path) => !path.includes('\0'), 'must be a path, such as /data or D:\\')
      .optional()
      .meta({
        title: 'Path',
        description:
          'Any file or folder on the volume; a relative path starts at the folder of the settings. Without it, the system volume.',
      }),
  }),
  metrics: {
    disk_percent: {
      title: 'Disk',
      unit: 'percent',
      full: 100,
      help: 'Used share of the space that ordinary users can have: used / (used + free).',
    },
    disk_total_gb: { title: 'Disk, total', unit: 'gibibytes', help: 'Size of the volume.' },
    disk_used_gb: { title: 'Disk, used', unit: 'gibibytes', help: 'Space in use on the volume.' },
    disk_free_gb: {
      title: 'Disk, free',
      unit: 'gibibytes',
      help: 'Space that ordinary users can still write. Space reserved for the administrator is not in it.',
    },
  },
  open({ path }, { system }) {
    return {
      /** As psutil 5.9.4 (`disk_usage`): percent = 100 × used / (used + available), free = available. */
      async collect() {
        const { total, used, available } = await system.volume(path ?? system.systemVolume);
        const usable = used + available;
        return [
          ...(usable > 0
            ? [{ metric: 'disk_percent', labels: {}, value: roundPercent((100 * used) / usable) }]
            : []),
          { metric: 'disk_total_gb', labels: {}, value: gibibytes(total) },
          { metric: 'disk_used_gb', labels: {}, value: gibibytes(used) },
          { metric: 'disk_free_gb', labels: {}, value: gibibytes(available) },
        ];
      },
    };
  },
});
