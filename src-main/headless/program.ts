import { messageOf, PlimsollError } from '../contract/error.ts';
import { readArguments, type Request } from './arguments.ts';
import type { Command, Context } from './command.ts';
import { exitCode, exitCodeFor, type ExitCode } from './exit-codes.ts';
import { helpText } from './help.ts';
import { services } from './services.ts';
import { shown } from './terminal.ts';

type RunRequest = Extract<Request, { ask: 'run' }>;

/** The command line as a function: runs the command and returns the exit code. Never rejects. */
export async function runProgram(words: readonly string[], context: Context): Promise<ExitCode> {
  const { terminal } = context;
  let meant: Command | undefined;
  let topic = '';
  try {
    const commands = await commandsFor(words);
    meant = commands.find(({ name }) => name === words[0]);
    topic = topicOf(words, commands);
    const request = readArguments(words, commands);
    switch (request.ask) {
      case 'version':
        terminal.out(context.version);
        await terminal.written();
        return exitCode.ok;
      case 'help':
        terminal.out(helpText(request.about, commands, terminal));
        await terminal.written();
        return exitCode.ok;
      case 'run':
        if (request.command.answersInterrupt !== true) process.once('SIGINT', interrupted);
        return await runCommand(request, context);
    }
  } catch (thrown) {
    if (meant?.failed !== undefined) return meant.failed(context, messageOf(thrown));
    if (!(thrown instanceof PlimsollError)) {
      terminal.error(shown(`plimsoll: ${messageOf(thrown)}`));
      terminal.error('This is a bug in Plimsoll. Please report it with what you did.');
      return exitCode.failed;
    }
    terminal.error(shown(`plimsoll: ${thrown.message}`));
    if (thrown.code === 'usage') terminal.error(`plimsoll ${topic}--help shows what there is.`);
    return exitCodeFor(thrown.code);
  } finally {
    process.off('SIGINT', interrupted);
  }
}

/**
 * A service continues if its output cannot be written: its records are elsewhere. For other commands the output is the
 * result.
 */
async function runCommand({ command, flags, operands }: RunRequest, context: Context): Promise<ExitCode> {
  const code = await command.run(context, flags, operands);
  if (!services.includes(command)) await context.terminal.written();
  return code;
}

async function commandsFor([first]: readonly string[]): Promise<readonly Command[]> {
  if (services.some(({ name }) => name === first)) return services;
  return (await import('./commands.ts')).commands;
}

/** The command that was meant, or its group, followed by a space; empty if neither is known. */
function topicOf(words: readonly string[], commands: readonly Command[]): string {
  const topic = [words.slice(0, 2).join(' '), words[0]].find((text) =>
    commands.some(({ name }) => name === text || name.startsWith(`${text} `)),
  );
  return topic === undefined || topic === '' ? '' : `${topic} `;
}

function interrupted(): never {
  process.exit(exitCode.interrupted);
}
