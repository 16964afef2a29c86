const shortEnough = 110;
/** Less than this says nothing alone, such as the name of a file. */
const leastTitle = 20;

/** A notice in the words of the engine, parted where a reader would breathe: what happened, and the rest of it. */
export function noticeWords(message: string): { title: string; text?: string } {
  if (message.length <= shortEnough) return { title: message };
  const end = new RegExp(`^(.{${leastTitle},${shortEnough}}?)(?:: |(?<=\\.) )(.+)$`, 's').exec(message);
  const [, title, text] = end ?? [];
  if (title === undefined || text === undefined) return { title: message };
  return { title, text };
}
