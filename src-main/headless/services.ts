import type { Command } from './command.ts';
import { agent } from './commands/agent.ts';
import { hub, run } from './commands/run.ts';

/** The commands that stay: they run for months, and so do not carry those that answer and are gone. */
export const services: readonly Command[] = [run, hub, agent];
