import type { Command, Flag } from './command.ts';
import { exitCodeMeanings } from './exit-codes.ts';
import { columns, type Terminal } from './terminal.ts';

/** Help on everything, on a group of commands, or on one command: examples first, then the rest. */
export function helpText(about: string | null, commands: readonly Command[], terminal: Terminal): string {
  const heading = (text: string) => terminal.style('bold', text);
  const command = commands.find(({ name }) => name === about);
  const lines =
    command === undefined
      ? overview(
          commands.filter(({ name }) => about === null || name.startsWith(`${about} `)),
          about,
          heading,
        )
      : commandHelp(command, heading);
  return lines.join('\n');
}

/** The commands that a new user needs. Each command has examples of its own. */
const firstSteps = new Set(['run', 'agent', 'check', 'import', 'sample', 'status', 'backtest', 'host enrol']);

function overview(
  commands: readonly Command[],
  group: string | null,
  heading: (text: string) => string,
): string[] {
  const shown = group === null ? commands.filter(({ name }) => firstSteps.has(name)) : commands;
  const examples = shown.flatMap((command) => command.examples.slice(0, 1));
  return [
    group === null
      ? 'plimsoll samples your machines, says when a line is crossed, and keeps the evidence.'
      : `plimsoll ${group}`,
    '',
    heading('Examples'),
    ...columns(examples, '  '),
    '',
    heading('Commands'),
    ...columns(
      commands.map(({ name, summary }) => [name, summary]),
      '  ',
    ),
    '',
    'plimsoll COMMAND --help says more about one; plimsoll --version prints the version.',
    ...(group === null ? ['', heading('Exit codes'), ...exitCodeLines()] : []),
  ];
}

function exitCodeLines(): string[] {
  return columns(
    exitCodeMeanings.map(([code, meaning]) => [String(code).padStart(3), meaning]),
    '  ',
  );
}

function commandHelp(command: Command, heading: (text: string) => string): string[] {
  const flags = Object.entries(command.flags);
  const line = [
    'plimsoll',
    command.name,
    ...command.operands,
    ...flags.map(([name, flag]) => flagUsage(name, flag)),
  ];
  return [
    command.summary,
    '',
    heading('Examples'),
    ...columns(command.examples, '  '),
    '',
    heading('Usage'),
    `  ${line.join(' ')}`,
    ...(command.description === undefined ? [] : ['', ...command.description.split('\n')]),
    ...(flags.length === 0 ? [] : ['', heading('Flags'), ...columns(flags.map(flagRow), '  ')]),
  ];
}

function flagUsage(name: string, flag: Flag): string {
  const text = flagText(name, flag);
  return flag.type === 'text' && flag.required === true ? text : `[${text}]`;
}

function flagRow([name, flag]: [string, Flag]): string[] {
  const choices = flag.type === 'text' && flag.oneOf !== undefined ? ` (${flag.oneOf.join(', ')})` : '';
  return [flagText(name, flag), flag.help + choices];
}

function flagText(name: string, flag: Flag): string {
  return flag.type === 'switch' ? `--${name}` : `--${name} ${flag.placeholder}`;
}
