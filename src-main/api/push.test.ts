import { beforeEach, expect, test } from 'vitest';
import { ApiDoor } from '../testing/api-door.ts';

let door: ApiDoor;
beforeEach(() => {
  door = new ApiDoor();
});

/** A request of an agent, as curl sends it. */
async function send(path: string, body?: string | Uint8Array<ArrayBuffer>, type?: string) {
  const answer = await door.ask(`/api/v1/push/${path}`, {
    method: 'POST',
    headers: { ...door.bearer('ingest'), ...(type !== undefined && { 'Content-Type': type }) },
    ...(body !== undefined && { body }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
}

const json = 'application/json';
const taken = () => door.monitor.asked;

test.each<[string, Parameters<typeof send>, Record<string, number>, unit?: string]>([
  ['a value in the address', ['lab?value=23.1&unit=C'], { value: 23.1 }, 'C'],
  ['any unit', ['lab?value=1013&unit=hPa'], { value: 1013 }, 'hPa'],
  ['a unit of several', ['lab', '{"metrics":{"a":1,"b":2},"unit":"%"}', json], { a: 1, b: 2 }, '%'],
  [
    '… with an empty form, as curl -d "" sends it',
    ['lab?value=-1e3', '', 'application/x-www-form-urlencoded'],
    { value: -1000 },
  ],
  ['a value in JSON', ['lab', '{"value":-0,"unit":"C","more":[]}', json], { value: 0 }, 'C'],
  [
    'several in JSON',
    ['lab', '{"metrics":{"a b":1,"c":2.5}}', `${json}; charset=utf-8`],
    { 'a b': 1, c: 2.5 },
  ],
  ['both kinds in JSON', ['lab', '{"value":3,"metrics":{"a":1}}', json], { a: 1, value: 3 }],
  ['a text', ['lab', '23.1\n', 'text/plain'], { value: 23.1 }],
  ['a text that says how it is written', ['lab', '7', 'text/plain; charset=UTF-8'], { value: 7 }],
  ['nothing, as a heartbeat', ['lab'], {}],
])('%s is taken', async (_, request, values, ...unit) => {
  expect(await send(...request)).toEqual({ status: 200, body: { accepted: Object.keys(values).length } });
  expect(taken()).toEqual([['push', 'lab', values, ...unit]]);
});

test('names are written as in every address', async () => {
  await send('K%C3%BCche%20%2F%20Herd?value=1');
  expect(taken()).toEqual([['push', 'Küche / Herd', { value: 1 }]]);
});

test.each<[number, string, Parameters<typeof send>]>([
  [400, 'an empty JSON body', ['lab', '', json]],
  [400, 'half a JSON body', ['lab', '{"value":', json]],
  [400, 'NaN', ['lab', '{"value":NaN}', json]],
  [400, 'a key twice', ['lab', '{"value":1,"value":2}', json]],
  [400, '__proto__', ['lab', '{"metrics":{"__proto__":1}}', json]],
  [400, 'bytes that are no text', ['lab', Uint8Array.of(0xff, 0x31), 'text/plain']],
  [413, 'too large a body', ['lab', '1'.repeat(64 * 1024 + 1), 'text/plain']],
  [422, 'a parameter that is misspelled', ['lab?vaule=3']],
  [415, 'a form', ['lab', 'value=1', 'application/x-www-form-urlencoded']],
  [415, 'another charset', ['lab', '1', 'text/plain; charset=utf-16']],
  [415, 'no type', ['lab', Uint8Array.of(0x31)]],
  [422, 'a unit that is no word', ['lab?value=1&unit=C%0A']],
  [422, 'a long unit', [`lab?value=1&unit=${'x'.repeat(33)}`]],
  [422, 'null', ['lab', 'null', json]],
  [422, 'a list', ['lab', '[]', json]],
  [422, 'a bare number in JSON', ['lab', '1', json]],
  [422, 'a number as text in JSON', ['lab', '{"value":"13.3"}', json]],
  [422, 'too large a number', ['lab', '{"value":1e999}', json]],
  [422, 'a number that cannot be kept exactly', ['lab', '{"value":9007199254740993}', json]],
  [
    422,
    '501 metrics',
    [
      'lab',
      JSON.stringify({ metrics: Object.fromEntries(Array.from({ length: 501 }, (_, at) => [at, 0])) }),
      json,
    ],
  ],
  [422, 'a name with a line end', ['lab', '{"metrics":{"a\\nb":1}}', json]],
  [422, 'a comma', ['lab?value=80,5']],
  [422, 'a unit in the value', ['lab?value=80%20%25']],
  [422, 'a word', ['lab', 'fine', 'text/plain']],
  [422, 'two numbers', ['lab', '1\n2\n', 'text/plain']],
  [422, 'a value twice', ['lab?value=1', '2', 'text/plain']],
])('%i for %s, and nothing is taken', async (status, _, request) => {
  expect((await send(...request)).status).toBe(status);
  expect(taken()).toEqual([]);
  expect(door.unexpected).toEqual([]);
});
