import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { readArguments } from '../src-main/headless/arguments.ts';
import { databaseSchema } from '../src-main/contract/database.ts';
import { commands } from '../src-main/headless/commands.ts';

const folder = import.meta.dirname;
const units = readdirSync(join(folder, 'systemd'));
const textOf = (...path: string[]) => readFileSync(join(folder, ...path), 'utf8');
const program = '/usr/local/bin/plimsoll';

const hasSystemd = spawnSync('systemd-analyze', ['--version']).status === 0;
const hasPython = spawnSync('python3', ['-c', 'import plistlib']).status === 0;

/** The words after the program, with what systemd and the shell would put in for variables. */
function wordsOf(command: string): string[] {
  return command
    .replace('$HUB_FLAGS', '--host 0.0.0.0')
    .replaceAll('%S', '/var/lib')
    .replaceAll('%d', '/run/credentials/plimsoll')
    .split(' ')
    .slice(1);
}

/** Throws where the command line is not understood. */
function understood(words: string[]): string {
  const request = readArguments(words, commands);
  return request.ask === 'run' ? request.command.name : request.ask;
}

describe.each(units)('%s', (name) => {
  const text = textOf('systemd', name);

  it('starts a command that exists', () => {
    const started = /^ExecStart=(.*)$/m.exec(text)?.[1] ?? '';
    expect(started).toContain(program);
    expect(['run', 'hub', 'agent']).toContain(understood(wordsOf(started)));
  });

  it('is not tried again where only its owner can mend it, and lets JavaScript compile', () => {
    expect(text).toMatch(/^Restart=on-failure$/m);
    expect(text).toMatch(/^RestartPreventExitStatus=78$/m);
    expect(text).not.toMatch(/^MemoryDenyWriteExecute=/m);
  });

  describe.skipIf(!hasSystemd)('as systemd sees it (needs systemd-analyze)', () => {
    let directory: string;
    let path: string;
    beforeAll(() => {
      directory = mkdtempSync(join(tmpdir(), 'plimsoll-units-'));
      path = join(directory, name);
      // The program is not installed here; whether it could be started is asked, too.
      writeFileSync(path, text.replaceAll(program, '/bin/true'));
    });
    afterAll(() => rmSync(directory, { recursive: true }));

    it('holds', () => {
      const { stderr, status } = spawnSync('systemd-analyze', ['verify', path], { encoding: 'utf8' });
      expect([stderr, status]).toEqual(['', 0]);
    });

    it('is exposed by 3.0 at most', () => {
      const words = ['security', '--offline=true', '--threshold=30', path];
      const { stdout, status } = spawnSync('systemd-analyze', words, { encoding: 'utf8' });
      expect(stdout).toMatch(/Overall exposure level for .*: \d/);
      expect(status).toBe(0);
    });
  });
});

it('all units are held to the same', () => {
  const limits = units.map((name) => textOf('systemd', name).split('# What it may not do.')[1]);
  expect(new Set(limits).size).toBe(1);
  expect(limits[0]).toContain('CapabilityBoundingSet=\n');
});

it.skipIf(!hasPython).each(readdirSync(join(folder, 'launchd')))(
  'launchd reads %s, and it starts a command that exists (needs python3)',
  (name) => {
    const code = 'import json, plistlib, sys; print(json.dumps(plistlib.load(open(sys.argv[1], "rb"))))';
    const words = ['-c', code, join(folder, 'launchd', name)];
    const { stdout } = spawnSync('python3', words, { encoding: 'utf8' });
    const read = JSON.parse(stdout) as { Label: string; ProgramArguments: string[]; Umask: number };
    expect(`${read.Label}.plist`).toBe(name);
    expect(read.Umask).toBe(0o077);
    expect(['run', 'agent']).toContain(understood(read.ProgramArguments.slice(1)));
  },
);

describe('the container', () => {
  const lines = textOf('docker', 'Dockerfile').split('\n');
  const last = (word: string) =>
    lines.findLast((line) => line.startsWith(`${word} `))?.slice(word.length + 1);

  it('runs a command that exists, not as root, and tells how it is', () => {
    expect(last('USER')).toBe('10001');
    expect(understood(JSON.parse(last('CMD') ?? '[]') as string[])).toBe('hub');
    expect(textOf('docker', 'Dockerfile')).toContain('/healthz');
  });

  it('is started with a read-only root, without capabilities, and on this machine alone', () => {
    const { services } = parse(textOf('docker', 'compose.yaml')) as {
      services: Record<string, Record<string, unknown>>;
    };
    expect(services['hub']).toMatchObject({
      ...{ read_only: true, init: true, cap_drop: ['ALL'], security_opt: ['no-new-privileges:true'] },
      ports: ['127.0.0.1:8888:8888'],
    });
  });
});

describe('what the container files name', () => {
  const root = join(folder, '..');
  const dockerfile = textOf('docker', 'Dockerfile');
  const compose = (name: string) =>
    parse(textOf('docker', name)) as {
      services: Record<string, Record<string, unknown>>;
      volumes?: Record<string, unknown>;
      secrets?: Record<string, { file: string }>;
    };

  it('is there to be copied, and is what the build makes', () => {
    const copied = [...dockerfile.matchAll(/^COPY (?!--from)(.+) \S+$/gm)].flatMap(([, files = '']) =>
      files.split(' '),
    );
    expect(copied).toContain('build.mjs');
    for (const file of copied) expect(existsSync(join(root, file)), file).toBe(true);
    expect(dockerfile).toContain('COPY --from=build /source/dist /opt/plimsoll');
    expect(textOf('..', 'build.mjs')).toContain('plimsoll.mjs');
    expect(dockerfile).toContain('/opt/plimsoll/plimsoll.mjs');
  });

  it('listens where it is asked how it is, and where the port leads', () => {
    const port = /^EXPOSE (\d+)$/m.exec(dockerfile)?.[1];
    expect(JSON.parse(/^CMD (.*)$/m.exec(dockerfile)?.[1] ?? '[]')).toContain(port);
    expect(dockerfile).toContain(`http://127.0.0.1:${port}/healthz`);
    expect(compose('compose.yaml').services['hub']?.['ports']).toEqual([`127.0.0.1:${port}:${port}`]);
  });

  it('the build is made of a folder that has its Dockerfile, and volumes and secrets are declared', () => {
    const hub = compose('compose.yaml').services['hub']?.['build'] as { context: string; dockerfile: string };
    expect(existsSync(join(folder, 'docker', hub.context, hub.dockerfile))).toBe(true);
    for (const name of ['compose.yaml', 'compose.postgres.yaml']) {
      const { services, volumes = {}, secrets = {} } = compose(name);
      for (const service of Object.values(services)) {
        for (const volume of (service['volumes'] ?? []) as string[])
          expect(Object.keys(volumes)).toContain(volume.split(':')[0]);
        for (const secret of (service['secrets'] ?? []) as string[])
          expect(Object.keys(secrets)).toContain(secret);
      }
    }
  });

  it('the settings that the comment gives hold, and name the database that is started', () => {
    const text = textOf('docker', 'compose.postgres.yaml');
    const written = /^# +(database: .*)$/m.exec(text)?.[1] ?? '';
    const { database } = parse(written) as { database: Record<string, unknown> };
    expect(databaseSchema.safeParse(database).error).toBeUndefined();
    const { services, secrets = {} } = compose('compose.postgres.yaml');
    const [service, started] = Object.entries(services).find(([, { image }]) => image !== undefined) ?? [];
    expect(database).toMatchObject({ host: service, password: { file: '/run/secrets/database' } });
    expect(started?.['environment']).toEqual({
      POSTGRES_DB: database['name'],
      POSTGRES_USER: database['user'],
      POSTGRES_PASSWORD_FILE: '/run/secrets/database',
    });
    expect(Object.keys(secrets)).toEqual(['database']);
    // The schema needs 15 or later.
    expect(Number(/^postgres:(\d+)$/.exec(String(started?.['image']))?.[1])).toBeGreaterThanOrEqual(15);
  });
});
