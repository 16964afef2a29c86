import type { Kept, Retention } from './messages.ts';

const names: Readonly<Record<Kept, string>> = {
  samples: 'samples',
  minutes: 'minutes',
  hours: 'hours',
  days: 'days',
};

/** Tells an owner what was removed early because the history has reached its size limit; null if nothing was. */
export function sizeNotice(cut: ReadonlyMap<Kept, number>, { mostBytes }: Retention): string | null {
  if (cut.size === 0 || mostBytes === undefined) return null;
  const parts = [...cut].map(([what, before]) => `${names[what]} before ${new Date(before).toISOString()}`);
  const megabytes = Math.round(mostBytes / 1024 / 1024);
  return `History has reached its size of ${megabytes} MB, so that not everything is there for as long as it is to be kept: ${parts.join(', ')} went. Allow more (monitoring.historyMegabytes), or keep things for less time.`;
}
