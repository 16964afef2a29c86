import { dirname, resolve } from 'node:path';
import { PlimsollError } from '../../contract/error.ts';
import { readYamlDocument } from '../../documents/yaml-document.ts';
import { runRuleTests } from '../../monitor/replay/rule-tests.ts';
import type { RuleTestOutcome } from '../../monitor/replay/rule-tests.ts';
import { defineCommand, type Context } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { problemLines } from '../problems.ts';
import { environmentOf } from '../settings/environment.ts';
import { readSettingsFile } from '../settings/file.ts';
import { readStored } from '../settings/stored.ts';
import { shown } from '../terminal.ts';

export const test = defineCommand({
  name: 'test',
  summary: 'Runs tests of rules: invented series, and the alerts that must follow from them.',
  description:
    'The rules stand in the test file, or in a settings file that it names. docs/testing-rules.md has a worked example. Exits with\n' +
    '1 when a test fails, and with 65 for a file that cannot be read.',
  examples: [
    ['plimsoll test rules.test.yaml', 'what passes, and what fails with the difference'],
    ['plimsoll test packs/*.test.yaml --json', 'many files, for programs'],
  ],
  operands: ['FILE…'],
  flags: { json: { type: 'switch', help: 'print JSON: {passed, failed, files: [{file, tests}]}' } },
  run: (context, { json }, names) => {
    const { terminal } = context;
    const files: { file: string; tests: RuleTestOutcome[] }[] = [];
    let unreadable = false;
    for (const file of names) {
      try {
        files.push({ file, tests: testsIn(context, file) });
      } catch (thrown) {
        if (!(thrown instanceof PlimsollError)) throw thrown;
        for (const line of problemLines(file, thrown)) terminal.error(line);
        unreadable = true;
      }
    }
    const all = files.flatMap(({ tests }) => tests);
    const failed = all.filter(({ difference }) => difference.length > 0).length;
    const passed = all.length - failed;
    if (json) {
      terminal.json({ passed, failed, files });
    } else {
      for (const { file, tests } of files)
        for (const line of linesOf(context, file, tests)) terminal.out(line);
      terminal.out(`${passed} passed, ${failed} failed`);
    }
    return Promise.resolve(unreadable ? exitCode.badData : failed > 0 ? exitCode.failed : exitCode.ok);
  },
});

function testsIn(context: Context, file: string): RuleTestOutcome[] {
  const path = resolve(context.workingDirectory, file);
  const read = readSettingsFile(path);
  if (read === null) throw new PlimsollError('unreadable', `${file}: there is no such file`);
  const document = readYamlDocument(read.bytes);
  return runRuleTests(document.content, document.describe, (name) => {
    const settingsPath = resolve(dirname(path), name);
    try {
      return readStored(settingsPath, name, environmentOf(context, settingsPath)).settings;
    } catch (thrown) {
      if (!(thrown instanceof PlimsollError)) throw thrown;
      const [first = thrown.message] = problemLines(name, thrown);
      const message = `the settings with the rules cannot be used: ${first}`;
      throw new PlimsollError(thrown.code, message, {
        problems: [{ path: 'rules', message, ...document.describe(['rules']) }],
      });
    }
  });
}

function linesOf({ terminal }: Context, file: string, tests: readonly RuleTestOutcome[]): string[] {
  return tests.flatMap(({ name, line, difference }) =>
    difference.length === 0
      ? [shown(`ok    ${file}: ${name}`)]
      : [
          terminal.style('red', shown(`FAIL  ${file}:${line}: ${name}`)),
          ...difference.map((text) => shown(`        ${text}`)),
        ],
  );
}
