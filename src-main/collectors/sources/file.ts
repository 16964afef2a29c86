import { dirname, basename } from 'node:path';
import { z } from 'zod';
import { PlimsollError } from '../../contract/error.ts';
import type { Measurement } from '../../contract/sample.ts';
import { lookAtFile } from '../system/file-worker.ts';
import type { FileQuestion } from '../system/file-worker.ts';
import { isGlob } from '../glob.ts';
import { defineSource } from '../source-kind.ts';

/** Looking at a file is cheap; one that hangs delays only this source, see `lookAtFile`. */
export const file = defineSource({
  kind: 'file',
  title: 'File',
  description:
    'Whether a file is there, how large it is, and how long ago it was changed: of one file, or of the newest one that a pattern fits.',
  intervalSeconds: 60,
  example: { name: 'newest backup', path: '/var/backups/*.tar.gz' },
  paths: ['path'],
  options: z.strictObject({
    path: z
      .string()
      .min(1)
      .max(4096, 'a path has at most 4096 characters')
      .refine((path) => !path.includes('\0'), 'must be a path, such as /var/backups/*.tar.gz')
      .refine((path) => !isGlob(dirname(path)), 'may have * and ? in its last part only')
      .meta({
        title: 'Path',
        description:
          'A relative one starts at the folder of the settings. In its last part * stands for any letters and ? for one; the newest file that fits counts.',
      }),
  }),
  metrics: {
    file_exists: {
      title: 'File exists',
      unit: 'none',
      full: 1,
      help: '1 when there is such a file, else 0. Absent when that cannot be seen.',
    },
    file_size_bytes: { title: 'File, size', unit: 'bytes', help: 'Its size. Absent when there is none.' },
    file_age_seconds: {
      title: 'File, age',
      unit: 'seconds',
      help: 'How long ago it was last changed; negative where its clock is ahead of ours. Absent when there is none.',
    },
  },
  open({ path }) {
    const question: FileQuestion = isGlob(basename(path))
      ? { folder: dirname(path), pattern: basename(path) }
      : { path };
    return {
      async collect(): Promise<Measurement[]> {
        const answer = await lookAtFile(question);
        if ('code' in answer && answer.code !== 'ENOENT') throw problem(path, answer.code);
        const facts = 'code' in answer ? null : answer.facts;
        if (facts === null) return [{ metric: 'file_exists', labels: {}, value: 0 }];
        const ageSeconds = Math.round((Date.now() - facts.changedAt) / 100) / 10;
        return [
          { metric: 'file_exists', labels: {}, value: 1 },
          { metric: 'file_size_bytes', labels: {}, value: facts.size },
          { metric: 'file_age_seconds', labels: {}, value: ageSeconds },
        ];
      },
    };
  },
});

function problem(path: string, code: string): PlimsollError {
  if (code === 'EACCES' || code === 'EPERM')
    return new PlimsollError(
      'no_permission',
      `${path} may not be looked at. Check the permissions of its folder.`,
    );
  if (code === 'TOO_MANY')
    return new PlimsollError(
      'too_large',
      `The folder of ${path} has more than 100,000 entries. Name another one.`,
    );
  return new PlimsollError('unreadable', `${path} cannot be looked at (${code}).`, { retry: true });
}
