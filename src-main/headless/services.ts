import type { Command } from './command.ts';
import { agent } from './commands/agent.ts';
import { hub, run } from './commands/run.ts';

/** Long-running commands. They run for months, so they do not load the code of the short ones. */
export const services: readonly Command[] = [run, hub, agent];
