import { expect, test } from 'vitest';
import type { ProgramEnd, ProgramTask } from '../../contract/program.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { hostileText } from '../../testing/hostile-text.ts';
import { destinationSurroundings } from '../../testing/surroundings.ts';
import { recordOf } from '../record.ts';
import { command } from './command.ts';

const { signal } = new AbortController();

async function delivered(end: Partial<ProgramEnd>, message = exampleMessage(), options = {}) {
  const tasks: ProgramTask[] = [];
  const surroundings = destinationSurroundings({
    directory: '/settings',
    run: (task) => {
      tasks.push(task);
      return Promise.resolve({ code: 0, stdout: '', stderr: '', ...end });
    },
  });
  const destination = command.open(command.options.parse({ file: 'tell.sh', ...options }), surroundings);
  const said = await destination.deliver(message, signal).catch((thrown: unknown) => thrown);
  return { said, task: tasks[0] };
}

test('is told by its environment and its input, and its arguments never change', async () => {
  const message = exampleMessage({ alert: { ruleName: hostileText }, test: true });
  const { said, task } = await delivered({ stdout: 'told\u001b[2J\nall\n' }, message, {
    arguments: ['--now', '$(reboot)'],
  });
  expect(said).toBe('/settings/tell.sh ended well: told [2J all');
  expect(task).toMatchObject({
    ...{ file: '/settings/tell.sh', words: ['--now', '$(reboot)'], interpreter: null, deadlineMs: 10_000 },
    env: {
      ...{ PLIMSOLL_EVENT: 'firing', PLIMSOLL_SEVERITY: 'warning', PLIMSOLL_VALUE: '91.5' },
      ...{ PLIMSOLL_THRESHOLD: '80', PLIMSOLL_HOST: 'anchor', PLIMSOLL_TEST: '1', PLIMSOLL_ID: message.id },
    },
  });
  expect(JSON.parse(task?.input ?? '')).toEqual(JSON.parse(JSON.stringify(recordOf(message))));
  for (const [name, value] of Object.entries(task?.env ?? {})) {
    expect(name).toMatch(/^PLIMSOLL_[A-Z_]+$/);
    expect(value).not.toMatch(/[\p{Cc}\p{Cf}]/u);
  }
  const { task: unknown } = await delivered(
    {},
    exampleMessage({ transition: { value: null }, alert: { lastValue: null } }),
  );
  expect(Object.keys(unknown?.env ?? {})).not.toContain('PLIMSOLL_VALUE');
});

test.each([
  [75, true],
  [1, false],
  [127, false],
])('exit code %i: worth another attempt is %s', async (code, retry) => {
  const { said } = await delivered({ code, stderr: 'no\nway' });
  expect(said).toMatchObject({ retry, message: expect.stringContaining(`${code}`) as string });
  expect(said).toMatchObject({ message: expect.stringContaining('no way') as string });
});

test('what runs no programs says so, and limits hold', async () => {
  const destination = command.open(command.options.parse({ file: 'a' }), destinationSurroundings());
  await expect(destination.deliver(exampleMessage(), signal)).rejects.toMatchObject({ code: 'unsupported' });
  for (const options of [
    {},
    { file: 'a\0' },
    { file: 'a', timeoutSeconds: 15 },
    { file: 'a', arguments: ['\0'] },
  ])
    expect(command.options.safeParse(options).success).toBe(false);
});
