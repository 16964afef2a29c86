import { beforeEach, expect, test } from 'vitest';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { engineWords, engineWordsNow } from './engine-words.ts';
import { Format } from './format.ts';

beforeEach(() => overwriteGetLocale(() => 'en'));

test.each([
  'The name nas.local is not known. Check how it is spelt, and that this machine can look up names.',
  'http://127.0.0.1:1 refused the connection. Check the port, and that the service runs.',
  'There is no route to http://10.0.0.9. Check the network of this machine.',
  'https://example.org has not answered completely within 10 s.',
  'The certificate of https://example.org has expired. It must be renewed there.',
  'This machine has no battery.',
  'The environment has no TOKEN_2024. Set it, or TOKEN_2024_FILE to a file that holds it, and start Plimsoll again.',
  'There is no desktop here. Desktop notifications need the desktop application.',
  '/srv/v2024/queue.py has not been approved, so it does not run. Look at it, then approve it in the window or with: plimsoll scripts approve',
  'must be a full address, such as https://example.org/status',
  'must be above the threshold 85, not 80',
  'must be at most the threshold 85, not 90: it is where the value is well again',
  'Nothing has reached the destination mail since 2026-11-26T14:58:06.115Z (3 waiting). smtp refused.',
  '/etc/plimsoll.yaml is gone. The last good settings stay in force: put the file back, or save a change, which writes it again.',
  'The settings are not in force, those of a first start are. /etc/plimsoll.yaml:1:1: this is not UTF-8 text; save the file as UTF-8',
  'https://example.org/hook answered 404 Not Found: no such hook.',
  'The name nas.local exists, but has no address. Check its DNS records.',
  'There is no file /etc/plimsoll/own. Put it there, or correct the path.',
  '/var/log/secure may not be read. Check its permissions and those of its folder.',
  'The file system of /mnt/nas cannot be read: ENOENT: no such file. Check that the path exists and is mounted.',
  'Nothing is mounted at /mnt/nas2 any more.',
  'It did not end within 10.5 s and was ended. What it had said until then does not count.',
  'The ping program did not return within 10.5 s and was ended.',
  'This machine shows no temperature: no sensor, or none with a driver.',
  'must be more than 0',
  'must be a time of day such as 07:00',
  'must lie ahead, by 30 days at most',
  'The settings have changed since they were opened. Look at the new ones and make the change again.',
  'No alert a1 is firing; it may be over.',
  'There is no alert a1.',
  'History is not running at the moment. Sampling and alerts go on.',
  'History did not answer within 15 seconds.',
  'The collectors are not running at the moment. Try again.',
  'The collectors did not answer in time.',
  'Replaying takes longer than 20 seconds: choose a shorter stretch or a shorter window.',
  'Too many back-tests at once. Wait for one to end.',
  '/etc/plimsoll.yaml is only read. Edit it by hand.',
  '/etc/plimsoll.yaml cannot be written, because the disk or its quota is full: make room.',
  'In /home/ann/exports: wrote cpu_1.json, cpu_1.csv; removed 2 older.',
  '"Busy" is already the name of rules',
])('%s has German words, and keeps what it is about', (message) => {
  const english = engineWords(message);
  overwriteGetLocale(() => 'de');
  const german = engineWords(message);
  expect(german).not.toBe(message);
  expect(german).not.toBe(english);
  for (const part of message.match(/\S*\d\S*\d[^\s.,:]*/g) ?? []) expect(german).toContain(part);
});

test('what nobody has words for stays as it was said, and moments are those of the reader', () => {
  const now = Date.parse('2026-11-26T15:00:00Z');
  const format = new Format('de');
  expect(engineWordsNow('Something else since 2026-11-26T14:58:06.115Z.', format, now)).toBe(
    `Something else since ${format.clock(Date.parse('2026-11-26T14:58:06.115Z'))}.`,
  );
});
