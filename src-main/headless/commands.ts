import type { Command } from './command.ts';
import { check } from './commands/check.ts';
import { link } from './commands/link.ts';
import { run } from './commands/run.ts';
import { sample } from './commands/sample.ts';
import { status } from './commands/status.ts';
import { tokenCreate, tokenList, tokenRevoke } from './commands/token.ts';

/** Every command, in the order in which help shows them. */
export const commands: readonly Command[] = [
  run,
  check,
  sample,
  status,
  link,
  tokenCreate,
  tokenList,
  tokenRevoke,
];
