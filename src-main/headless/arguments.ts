import { parseArgs } from 'node:util';
import { didYouMean } from '../base/did-you-mean.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Command, Flag, Flags } from './command.ts';

/** What a command line requests. */
export type Request =
  | { ask: 'version' }
  /** Help on everything, on a group of commands such as `token`, or on one command. */
  | { ask: 'help'; about: string | null }
  | {
      ask: 'run';
      command: Command;
      flags: Record<string, string | number | boolean | undefined>;
      operands: string[];
    };

const asksForHelp = new Set(['-h', '--help']);

/** Parses a command line. Throws `usage` with the word that was not understood and what was probably meant. */
export function readArguments(words: readonly string[], commands: readonly Command[]): Request {
  const first = words[0];
  if (first === undefined || asksForHelp.has(first)) return { ask: 'help', about: null };
  if (first === 'help') return { ask: 'help', about: helpTopic(words.slice(1), commands) };
  if (first === '--version' || first === '-V') return { ask: 'version' };
  if (first.startsWith('-')) {
    throw usage(`There is no flag ${first} without a command.${didYouMean(first, ['--help', '--version'])}`);
  }
  const command = commands.find(({ name }) => name === words.slice(0, name.split(' ').length).join(' '));
  if (command === undefined) return withinGroup(words, commands);
  const rest = words.slice(command.name.split(' ').length);
  if (beforeDoubleDash(rest).some((word) => asksForHelp.has(word)))
    return { ask: 'help', about: command.name };
  return { ask: 'run', command, ...readFlags(command, rest) };
}

function beforeDoubleDash(words: readonly string[]): readonly string[] {
  const end = words.indexOf('--');
  return end < 0 ? words : words.slice(0, end);
}

function helpTopic(words: readonly string[], commands: readonly Command[]): string | null {
  const topic = words.join(' ');
  if (topic === '') return null;
  if (commands.some(({ name }) => name === topic || name.startsWith(`${topic} `))) return topic;
  throw usage(`There is no command ${topic}.${didYouMean(topic, names(commands))}`);
}

/** Called if only the first word is known, or none. */
function withinGroup(words: readonly string[], commands: readonly Command[]): Request {
  const [first = '', second] = words;
  const group = commands.filter(({ name }) => name.startsWith(`${first} `));
  if (group.length === 0) {
    const candidates = [...new Set(commands.flatMap(({ name }) => [name, name.split(' ')[0] ?? '']))];
    throw usage(`There is no command ${first}.${didYouMean(first, candidates)}`);
  }
  if (second === undefined) throw usage(`plimsoll ${first} needs one more word: ${names(group).join(', ')}.`);
  if (asksForHelp.has(second)) return { ask: 'help', about: first };
  throw usage(`There is no command ${first} ${second}.${didYouMean(`${first} ${second}`, names(group))}`);
}

function readFlags(command: Command, words: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...words],
    options: Object.fromEntries(
      Object.entries(command.flags).map(([name, flag]) => [
        name,
        { type: flag.type === 'switch' ? 'boolean' : 'string' },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const flags: Record<string, string | number | boolean | undefined> = {};
  const operands: string[] = [];
  for (const [name, flag] of Object.entries(command.flags)) if (flag.type === 'switch') flags[name] = false;
  for (const token of tokens) {
    if (token.kind === 'positional') operands.push(token.value);
    if (token.kind === 'option') flags[token.name] = readFlag(command.flags, token);
  }
  for (const [name, flag] of Object.entries(command.flags)) {
    if (flag.type === 'text' && flag.required === true && flags[name] === undefined) {
      throw usage(`--${name} ${flag.placeholder} is missing${oneOfText(flag)}.`);
    }
  }
  checkOperands(command, operands);
  return { flags, operands };
}

interface OptionToken {
  name: string;
  rawName: string;
  value: string | undefined;
  inlineValue: boolean | undefined;
}

function readFlag(flags: Flags, token: OptionToken): string | number | boolean {
  const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
  if (flag === undefined || !token.rawName.startsWith('--')) {
    const known = ['help', ...Object.keys(flags)].map((name) => `--${name}`);
    throw usage(`There is no flag ${token.rawName}.${didYouMean(token.rawName, known)}`);
  }
  if (flag.type === 'switch') {
    if (token.value === undefined) return true;
    throw usage(`${token.rawName} is on or absent and takes no value.`);
  }
  const value = token.value;
  // `--config --json`: a flag in place of a value is a mistake; `--config=--json` shows that it is meant.
  if (value === undefined || value === '' || (value.startsWith('-') && token.inlineValue !== true)) {
    throw usage(`${token.rawName} needs a value: ${token.rawName} ${flag.placeholder}${oneOfText(flag)}.`);
  }
  if (flag.type === 'integer') return readInteger(token.rawName, flag, value);
  if (flag.oneOf !== undefined && !flag.oneOf.includes(value)) {
    throw usage(`${token.rawName} cannot be ${value}${oneOfText(flag)}.${didYouMean(value, flag.oneOf)}`);
  }
  return value;
}

function readInteger(name: string, { min, max }: Flag & { type: 'integer' }, text: string): number {
  const value = /^\d{1,15}$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= max) return value;
  throw usage(`${name} is a whole number from ${min} to ${max}, not ${text}.`);
}

function oneOfText(flag: Flag): string {
  return flag.type === 'text' && flag.oneOf !== undefined ? ` (${flag.oneOf.join(', ')})` : '';
}

function checkOperands(command: Command, given: readonly string[]): void {
  const { name, operands } = command;
  const missing = operands[given.length];
  if (missing !== undefined && !missing.startsWith('[')) {
    throw usage(`${missing} is missing: plimsoll ${[name, ...operands].join(' ')}.`);
  }
  const takesMore = operands.at(-1)?.endsWith('…') === true;
  const extra = given[operands.length];
  if (extra !== undefined && !takesMore)
    throw usage(`plimsoll ${name} does not know what to do with ${extra}.`);
}

function names(commands: readonly Command[]): string[] {
  return commands.map(({ name }) => name);
}

/** The error for a command line that was not understood. */
export function usage(message: string): PlimsollError {
  return new PlimsollError('usage', message);
}
