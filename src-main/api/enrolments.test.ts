import { execFileSync } from 'node:child_process';
import { beforeEach, describe, expect, test } from 'vitest';
import type { Enrolment } from '../contract/enrolment.ts';
import { enrolmentLines } from '../contract/enrolment.ts';
import { hostileText } from '../testing/hostile-text.ts';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => (door = new ApiDoor()));

const url = 'https://hub.example.org:8888';
const hour = 3_600_000;

async function enrol(more: object = {}): Promise<Enrolment> {
  const answer = await door.own('POST', '/api/v1/enrolments', { host: 'web-1', url, ...more });
  expect(answer.status).toBe(201);
  return answer.body as Enrolment;
}
const statusWith = async (token: string) =>
  (await door.ask('/api/v1/session', { headers: { Authorization: `Bearer ${token}` } })).status;
const tokens = () => door.access.tokens().map(({ host, scope }) => `${scope} ${host}`);

describe('an enrolment', () => {
  test('makes a token for that host alone, and a line with it; the tags are given', async () => {
    const made = await enrol({ tags: ['production'] });
    expect(tokens()).toEqual(['ingest web-1']);
    expect(made).toMatchObject({ host: 'web-1', url, useBy: door.clock.now() + 24 * hour });
    expect(made.line).toContain(made.token);
    expect(made.serviceLine).toContain(made.token);
    expect(door.monitor.access.dump()).not.toContain(made.token);
    expect(door.monitor.asked).toContainEqual(['expect', 'web-1', ['production']]);
  });

  test('is over when nobody uses it in time, and stays good once it was used', async () => {
    const { token: unused } = await enrol({ withinSeconds: 3600 });
    const { token: used } = await enrol({ host: 'web-2', withinSeconds: 3600 });
    expect(await statusWith(used)).toBe(200);
    await door.clock.turn(hour);
    expect([await statusWith(unused), await statusWith(used)]).toEqual([401, 200]);
    const [, second] = door.access.tokens();
    const rotated = door.access.rotateToken(second?.id ?? '', 0);
    expect([await statusWith(rotated?.token ?? ''), await statusWith(used)]).toEqual([200, 401]);
  });

  test('takes the place of one that nobody used, and leaves alone what is in use', async () => {
    const { token: first } = await enrol();
    const { token: second } = await enrol();
    expect([await statusWith(first), await statusWith(second)]).toEqual([401, 200]);
    const { token: third } = await enrol();
    expect([await statusWith(second), await statusWith(third)]).toEqual([200, 200]);
    expect(tokens()).toEqual(['ingest web-1', 'ingest web-1']);
  });

  test.each([
    { url: 'ftp://hub' },
    { url: 'https://me:secret@hub' },
    { url: 'https://hub/?token=1' },
    { url: 'hub:8888' },
    { host: '' },
    { host: 'a\nb' },
    { tags: ['two words'] },
    { withinSeconds: 1 },
  ])('is refused with %o', async (wrong) => {
    const answer = await door.own('POST', '/api/v1/enrolments', { host: 'web-1', url, ...wrong });
    expect([answer.status, tokens()]).toEqual([422, []]);
  });

  test('has lines in which a name is a name, whatever stands in it', () => {
    for (const host of [
      `it's`,
      '$(touch /tmp/x)',
      '`id`',
      '"; rm -rf /',
      'ü %s \\n',
      hostileText.replaceAll(/[\p{C}]/gu, ''),
    ]) {
      const { line, serviceLine } = enrolmentLines({ host, token: 'plim_x', url });
      const asked = line.replace(/^.*&& AGENT_ID/s, 'AGENT_ID').replace(/plimsoll agent.*$/s, 'env');
      expect(execFileSync('sh', ['-c', asked], { encoding: 'utf8' })).toContain(`AGENT_ID=${host}\n`);
      const file = /&& (printf .*?) \| sudo tee/s.exec(serviceLine)?.[1] ?? '';
      const [, id = ''] = execFileSync('sh', ['-c', file], { encoding: 'utf8' }).split('\n');
      // As systemd reads it: a word, or in quotes with a backslash before what means something.
      const value = id.replace(/^AGENT_ID=/, '').replace(/^"(.*)"$/s, '$1');
      expect(value.replace(/\\(.)/gs, '$1')).toBe(host);
    }
  });
});

test('removing a host revokes the tokens that are its own', async () => {
  await enrol();
  await enrol({ host: 'web-2' });
  door.access.createToken('any', 'ingest');
  door.monitor.hosts.remove = () => undefined;
  expect(await door.own('DELETE', '/api/v1/hosts/web-1')).toMatchObject({ status: 200, body: { tokens: 1 } });
  expect(tokens()).toEqual(['ingest web-2', 'ingest null']);
});

test('a session that was opened over TLS is never sent without it', async () => {
  const open = async () => {
    const { code } = door.access.createCode();
    const init = {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ code }),
    };
    return (await door.ask('/api/v1/session', init)).headers.get('set-cookie');
  };
  expect(await open()).not.toContain('Secure');
  door.isTls = true;
  expect(await open()).toContain('Secure');
});
