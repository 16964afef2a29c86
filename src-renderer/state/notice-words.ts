const shortEnough = 110;
/** A shorter part, such as a file name, makes no title on its own. In characters. */
const leastTitle = 20;

/** Splits an engine notice after its first clause: what happened, and the details. */
export function noticeWords(message: string): { title: string; text?: string } {
  if (message.length <= shortEnough) return { title: message };
  const end = new RegExp(`^(.{${leastTitle},${shortEnough}}?)(?:: |(?<=\\.) )(.+)$`, 's').exec(message);
  const [, title, text] = end ?? [];
  if (title === undefined || text === undefined) return { title: message };
  return { title, text };
}
