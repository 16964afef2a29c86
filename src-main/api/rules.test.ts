import { beforeEach, describe, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

describe('rules', () => {
  const rule = { source: 'cpu', metric: 'cpu_percent', comparison: 'greater_than', threshold: 80 };

  test('get an id and a free name, and are changed and removed by id', async () => {
    const post = (name?: string) =>
      door.own('POST', '/api/v1/rules', {
        rule: { ...rule, name },
        revision: door.monitor.settings.view().revision,
      });
    const made = [await post('Größe: CPU!'), await post('größe: cpu!'), await post()];
    expect(made.map(({ status, body }) => [status, (body as { rule: object }).rule])).toMatchObject([
      [201, { id: 'gro-e-cpu', name: 'Größe: CPU!', consecutiveViolations: 1 }],
      [201, { id: 'gro-e-cpu-2', name: 'größe: cpu! 2' }],
      [201, { id: 'cpu-cpu-percent', name: 'cpu cpu_percent' }],
    ]);

    const changed = await door.own(
      'PUT',
      '/api/v1/rules/gro-e-cpu',
      { rule: { ...rule, id: 'other', name: 'New' } },
      { 'If-Match': '"4"' },
    );
    expect(changed).toMatchObject({
      status: 200,
      body: { rule: { id: 'gro-e-cpu', name: 'New' }, revision: '5' },
    });

    expect(await door.own('DELETE', '/api/v1/rules/gro-e-cpu-2?revision=4')).toMatchObject({ status: 409 });
    expect(await door.own('DELETE', '/api/v1/rules/gro-e-cpu-2?revision=5')).toMatchObject({ status: 200 });
    expect(await door.own('DELETE', '/api/v1/rules/gro-e-cpu-2?revision=6')).toMatchObject({ status: 404 });
    const left = (await door.own('GET', '/api/v1/rules')).body;
    expect(left).toMatchObject({ rules: [{ id: 'gro-e-cpu' }, { id: 'cpu-cpu-percent' }], revision: '6' });
  });

  test('that are not valid say where, seen from the rule, and change nothing', async () => {
    await door.own('POST', '/api/v1/rules', { rule, revision: '1' });
    const sent = { ...rule, threshold: '80', cooldownSeconds: -1 };
    const expected = {
      status: 422,
      body: {
        error: {
          code: 'invalid_settings',
          message: expect.stringMatching(/^threshold: .* \(and 1 more\)$/) as string,
          problems: [{ path: 'threshold' }, { path: 'cooldownSeconds' }],
        },
      },
    };
    expect(await door.own('POST', '/api/v1/rules', { rule: sent, revision: '2' })).toMatchObject(expected);
    const put = { rule: { ...sent, name: 'x' }, revision: '2' };
    expect(await door.own('PUT', '/api/v1/rules/cpu-cpu-percent', put)).toMatchObject(expected);
    expect(
      await door.own('POST', '/api/v1/rules', { rule: { ...rule, name: 7 }, revision: '2' }),
    ).toMatchObject({
      status: 422,
      body: { error: { problems: [{ path: 'name' }] } },
    });
    expect(await door.own('POST', '/api/v1/rules', { rule })).toMatchObject({
      status: 422,
      body: { error: { problems: [{ path: 'revision' }] } },
    });
    expect(door.monitor.settings.view().revision).toBe('2');
  });

  test('that take the name of another say so at the name, whichever of the two is changed', async () => {
    for (const name of ['first', 'second']) {
      const { revision } = door.monitor.settings.view();
      await door.own('POST', '/api/v1/rules', { rule: { ...rule, name }, revision });
    }
    for (const [id, name] of [
      ['first', 'Second'],
      ['second', 'FIRST'],
    ]) {
      expect(
        await door.own('PUT', `/api/v1/rules/${id}`, { rule: { ...rule, name }, revision: '3' }),
      ).toMatchObject({
        status: 422,
        body: { error: { problems: [{ path: 'name' }] } },
      });
    }
  });
});
