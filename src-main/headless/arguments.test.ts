import { describe, expect, it } from 'vitest';
import { PlimsollError } from '../contract/error.ts';
import { readArguments, type Request } from './arguments.ts';
import { defineCommand } from './command.ts';

const base = { summary: '', examples: [], run: () => Promise.resolve(0 as const) };
const commands = [
  defineCommand({
    ...base,
    name: 'run',
    operands: [],
    flags: {
      config: { type: 'text', placeholder: 'FILE', help: '' },
      port: { type: 'integer', placeholder: 'N', help: '', min: 0, max: 65_535 },
      json: { type: 'switch', help: '' },
    },
  }),
  defineCommand({ ...base, name: 'check', operands: ['FILE'], flags: {} }),
  defineCommand({
    ...base,
    name: 'token create',
    operands: ['NAME'],
    flags: {
      scope: { type: 'text', placeholder: 'SCOPE', help: '', oneOf: ['read', 'admin'], required: true },
    },
  }),
  defineCommand({ ...base, name: 'token list', operands: [], flags: {} }),
];

/** What a command line requests, or the message with which it was refused. */
function read(line: string): unknown {
  try {
    const request: Request = readArguments(line.split(' ').filter(Boolean), commands);
    if (request.ask !== 'run') return request;
    return [request.command.name, request.flags, request.operands];
  } catch (thrown) {
    if (thrown instanceof PlimsollError && thrown.code === 'usage') return thrown.message;
    throw thrown;
  }
}

describe('a command line that is understood', () => {
  it.each<[string, unknown]>([
    ['', { ask: 'help', about: null }],
    ['--help', { ask: 'help', about: null }],
    ['help check', { ask: 'help', about: 'check' }],
    ['check -h', { ask: 'help', about: 'check' }],
    ['run --nonsense --help', { ask: 'help', about: 'run' }],
    ['token --help', { ask: 'help', about: 'token' }],
    ['--version', { ask: 'version' }],
    ['run', ['run', { json: false }, []]],
    ['run --port 0 --json --config=-x', ['run', { json: true, port: 0, config: '-x' }, []]],
    ['check -- --help', ['check', {}, ['--help']]],
    ['token create ci --scope read', ['token create', { scope: 'read' }, ['ci']]],
  ])('%s', (line, expected) => {
    expect(read(line)).toEqual(expected);
  });
});

describe('a command line that is not', () => {
  it.each([
    ['chekc x', 'There is no command chekc. Did you mean check?'],
    ['xyzzy', 'There is no command xyzzy.'],
    ['--verison', 'There is no flag --verison without a command. Did you mean --version?'],
    ['run --prot 1', 'There is no flag --prot. Did you mean --port?'],
    ['run -p 1', 'There is no flag -p.'],
    ['run --__proto__ 1', 'There is no flag --__proto__.'],
    ['run --port', '--port needs a value: --port N.'],
    ['run --config --json', '--config needs a value: --config FILE.'],
    ['run --json=yes', '--json is on or absent and takes no value.'],
    ['run --port 80a', '--port is a whole number from 0 to 65535, not 80a.'],
    ['run --port 65536', '--port is a whole number from 0 to 65535, not 65536.'],
    ['run x', 'plimsoll run does not know what to do with x.'],
    ['check', 'FILE is missing: plimsoll check FILE.'],
    ['token', 'plimsoll token needs one more word: token create, token list.'],
    ['token creat x', 'There is no command token creat. Did you mean token create?'],
    ['token create x', '--scope SCOPE is missing (read, admin).'],
    ['token create x --scope raed', '--scope cannot be raed (read, admin). Did you mean read?'],
    ['help chekc', 'There is no command chekc. Did you mean check?'],
  ])('%s', (line, message) => {
    expect(read(line)).toBe(message);
  });
});
