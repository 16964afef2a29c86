import { expect, test } from 'vitest';
import { shellWord } from './settings-conversion.svelte.ts';

test('a path is one word of a command', () => {
  expect(shellWord('/etc/plimsoll/plimsoll.yaml')).toBe('/etc/plimsoll/plimsoll.yaml');
  expect(shellWord("/home/o'neil/my files/plimsoll.yaml")).toBe(
    String.raw`'/home/o'\''neil/my files/plimsoll.yaml'`,
  );
  expect(shellWord(String.raw`C:\Users\A B\plimsoll.yaml`)).toBe(String.raw`"C:\Users\A B\plimsoll.yaml"`);
  expect(shellWord('/tmp/$(reboot)/plimsoll.yaml')).toBe("'/tmp/$(reboot)/plimsoll.yaml'");
});
