import { resolve } from 'node:path';
import type { Settings } from '../../contract/settings.ts';
import { defineCommand } from '../command.ts';
import { exitCode } from '../exit-codes.ts';
import { environmentOf, environmentProblems } from '../settings/environment.ts';
import { isSettingsError, noteLines, problemLines, translationLines } from '../problems.ts';
import { shown } from '../terminal.ts';
import { readStored } from '../settings/stored.ts';

export const check = defineCommand({
  name: 'check',
  summary: 'Says whether a settings file is valid, and everything that is wrong with it.',
  description: 'Nothing is started and nothing is changed. Exits with 78 when the file is not valid.',
  examples: [
    ['plimsoll check plimsoll.yaml', 'before restarting with it'],
    ['plimsoll check plimsoll.yaml --json', 'for programs'],
  ],
  operands: ['FILE'],
  flags: {
    json: { type: 'switch', help: 'print JSON: {file, valid, translation, warnings, problems}' },
  },
  run: (context, { json }, [file = '']) => {
    const { terminal } = context;
    try {
      const path = resolve(context.workingDirectory, file);
      const { settings, translation, warnings } = readStored(path, file, environmentOf(context, file));
      if (json) {
        const environment = environmentProblems(context, file).map((message) => ({ path: '', message }));
        terminal.json({
          file,
          valid: true,
          translation,
          warnings: [...warnings, ...environment],
          problems: [],
        });
        return Promise.resolve(exitCode.ok);
      }
      if (translation !== null) for (const line of translationLines(file, translation)) terminal.out(line);
      for (const line of noteLines(file, warnings)) terminal.error(line);
      for (const line of environmentProblems(context, file)) terminal.error(shown(line));
      terminal.out(shown(`${file}: ok, ${inventory(settings)}`));
      return Promise.resolve(exitCode.ok);
    } catch (thrown) {
      if (!isSettingsError(thrown)) throw thrown;
      const { message } = thrown;
      const problems = thrown.problems.length > 0 ? thrown.problems : [{ path: '', message }];
      if (json) terminal.json({ file, valid: false, translation: null, warnings: [], problems });
      else for (const line of problemLines(file, thrown)) terminal.error(line);
      return Promise.resolve(exitCode.badConfiguration);
    }
  },
});

/** `4 sources, 3 rules, 1 destination` */
export function inventory({ sources, rules, destinations }: Settings): string {
  const counted = (count: number, noun: string) => `${count} ${noun}${count === 1 ? '' : 's'}`;
  return [
    counted(sources.length, 'source'),
    counted(rules.length, 'rule'),
    counted(destinations.length, 'destination'),
  ].join(', ');
}
