import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { readOnce } from '../../testing/read-once.ts';
import { ping, pingCommand } from './ping.ts';

const path = process.env['PATH'] ?? '';
const posix = process.platform !== 'win32';
let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'plimsoll-ping-'));
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

/** Puts a program called `ping` first on the PATH; it notes its arguments and its pid. */
function program(script: string): void {
  const file = join(directory, 'ping');
  const note = `printf '%s\\n' "$@" > ${directory}/words\necho $$ > ${directory}/pid`;
  writeFileSync(file, `#!/bin/sh\n${note}\n${script}\n`);
  chmodSync(file, 0o755);
  process.env['PATH'] = `${directory}${delimiter}${path}`;
}

const noted = (name: string) => readFileSync(join(directory, name), 'utf8').trim();
const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // An orphan may remain as a zombie until it is reaped.
    return process.platform !== 'linux' || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
};

const replies: [string, string, number][] = [
  ['iputils', '64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=0.043 ms\n1 received, time 0ms', 0.043],
  ['busybox', '64 bytes from 127.0.0.1: seq=0 ttl=64 time=12.5 ms', 12.5],
  ['macOS, IPv6', '16 bytes from ::1, icmp_seq=0 hlim=64 time=0.106 ms', 0.106],
  ['Windows', 'Reply from 127.0.0.1: bytes=32 time<1ms TTL=128\nMinimum = 0ms', 1],
  ['Windows, German', 'Antwort von ::1: Zeit=23ms', 23],
];

if (posix) {
  test.each(replies)('the reply that %s writes has a time', async (_, output, latency) => {
    program(`cat <<'END'\n${output}\nEND`);
    expect(await readOnce(ping, { host: '127.0.0.1' })).toMatchObject({
      values: { reachable: 1, latency_ms: latency },
      error: null,
    });
    expect(noted('words').split('\n')).toEqual(pingCommand(process.platform, '127.0.0.1', 4000).words);
  });

  test.each([
    ['silence', 'echo "1 packets transmitted, 0 received, 100% packet loss, time 0ms"; exit 1'],
    ['a router that says no', 'echo "From 10.0.0.1 icmp_seq=1 Destination Host Unreachable"; exit 1'],
    ['what Windows ends with 0', 'echo "Reply from 10.0.0.1: Destination host unreachable."'],
  ])('%s is a measurement without a latency', async (_, script) => {
    program(script);
    expect(await readOnce(ping, { host: '127.0.0.1' })).toMatchObject({
      values: { reachable: 0 },
      error: null,
    });
  });

  test.each([
    ['no network', 'echo "ping: connect: Network is unreachable" >&2; exit 2', 'unreachable', 'no route'],
    ['no rights', 'echo "ping: socket: Operation not permitted" >&2; exit 2', 'no_permission', 'setcap'],
    ['another program', 'echo "Usage: ping host" >&2; exit 64', 'unsupported', 'none that Plimsoll knows'],
  ])('%s is an error, because nothing is known of the other machine', async (_, script, code, words) => {
    program(script);
    const { values, error } = await readOnce(ping, { host: '127.0.0.1' });
    expect([values, error]).toEqual([{}, { code, message: expect.stringContaining(words) }]);
  });

  test('one that hangs is ended with all that it started, and is an error', async () => {
    program(`sleep 60 & echo $! > ${directory}/grandchild\nwait`);
    const { values, error, durationMs } = await readOnce(ping, { host: '127.0.0.1' }, { deadlineMs: 2000 });
    expect([values, error?.code]).toEqual([{}, 'deadline']);
    expect(durationMs).toBeLessThan(2000);
    await expect
      .poll(() => ['pid', 'grandchild'].map((name) => isAlive(Number(noted(name)))))
      .toEqual([false, false]);
  });

  test('one that never stops talking is ended', async () => {
    program('while :; do echo ping ping ping ping; done');
    const { durationMs } = await readOnce(ping, { host: '127.0.0.1' });
    expect(durationMs).toBeLessThan(2000);
    expect(isAlive(Number(noted('pid')))).toBe(false);
  });

  test('a machine without the program says so, and how to go on', async () => {
    process.env['PATH'] = directory;
    const { error } = await readOnce(ping, { host: '127.0.0.1' });
    expect(error).toMatchObject({ code: 'unsupported', message: expect.stringContaining('Install it') });
  });

  test('is given the address of a name, and no text of anybody', async () => {
    program('echo "time=1 ms"');
    await readOnce(ping, { host: 'localhost' });
    expect(['127.0.0.1', '::1']).toContain(noted('words').split('\n').at(-1));
    expect(ping.options.safeParse({ host: '-f' }).success).toBe(false);
    expect(existsSync(join(directory, 'words'))).toBe(true);
  });
}

test('each system is asked as it wants to be', () => {
  const words = (platform: NodeJS.Platform, address: string) => {
    const { program, words } = pingCommand(platform, address, 4000);
    return [program, ...words].join(' ');
  };
  expect([
    words('linux', '192.0.2.1'),
    words('linux', '2001:db8::1'),
    words('darwin', '192.0.2.1'),
    words('darwin', '2001:db8::1'),
    words('win32', '192.0.2.1'),
  ]).toEqual([
    'ping -4 -n -c 1 -W 4 192.0.2.1',
    'ping -6 -n -c 1 -W 4 2001:db8::1',
    'ping -n -c 1 -W 4000 192.0.2.1',
    'ping6 -n -c 1 2001:db8::1',
    'ping.exe -4 -n 1 -w 4000 192.0.2.1',
  ]);
  expect(() => pingCommand('linux', '-f', 4000)).toThrow('addresses only');
});
