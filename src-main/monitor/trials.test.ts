import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { ScheduledSource } from '../collectors/messages.ts';
import { PlimsollError } from '../contract/error.ts';
import type { Message } from '../contract/delivery.ts';
import type { Reading } from '../contract/sample.ts';
import { exampleMessage } from '../testing/example-message.ts';
import { HandClock } from '../testing/hand-clock.ts';
import { MemorySecretStore } from '../testing/memory-secret-store.ts';
import { starterSettings } from './settings/starter.ts';
import { ruleSchema } from '../contract/rule.ts';
import { inventedMessage } from './sending/invented-message.ts';
import { Trials } from './trials.ts';

vi.mock(import('../deliveries/kinds.ts'), async (original) => {
  const { courier } = await import('../testing/courier.ts');
  return { ...(await original()), courier };
});

const canary = 'correct-horse';
let clock: HandClock;
let store: MemorySecretStore;
let asked: ScheduledSource[];
let answer: (source: ScheduledSource) => Promise<Reading>;
let trials: Trials;
let last: Message | null;

/** A reading as the collectors give it. */
function reading(given: Partial<Reading>): Reading {
  return { host: 'box', source: 'test', at: 5, durationMs: 7, samples: [], error: null, ...given };
}
/** No secret in any form in which it is sent. */
function expectNothingOf(secret: string, told: unknown): void {
  const text = JSON.stringify(told);
  expect(text).not.toContain(secret);
  for (const [token] of text.matchAll(/[\w+/-]{8,}=*/g))
    expect(Buffer.from(token, 'base64').toString()).not.toContain(secret);
}

beforeEach(() => {
  clock = new HandClock();
  store = new MemorySecretStore({ kept: 'kept-secret' });
  asked = [];
  last = null;
  answer = () => Promise.resolve(reading({}));
  trials = new Trials({
    host: 'box',
    version: '0.0.0',
    clock,
    env: { FROM_ENV: 'env-secret' },
    directory: '/nowhere',
    store,
    notifier: null,
    settings: starterSettings,
    latest: () => [{ host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {}, at: 1, value: 91.5 }],
    lastMessage: () => last,
    sample: (source) => {
      asked.push(source);
      return answer(source);
    },
  });
});

describe('a sample of a form', () => {
  it('needs no name, and says of each number what it means', async () => {
    const samples = [
      { metric: 'status_code', labels: {}, value: 200 },
      { metric: 'queue.length', labels: {}, value: 3 },
    ];
    answer = () => Promise.resolve(reading({ samples }));
    const tried = await trials.sample({ kind: 'http', name: ' ', url: 'https://example.org/' });
    expect(tried).toMatchObject({ at: 5, durationMs: 7, error: null });
    expect(tried.samples.map(({ metric, definition }) => [metric, definition?.title])).toEqual([
      ['status_code', 'Status code'],
      ['queue.length', undefined],
    ]);
  });

  it('uses a secret that was typed, stores it nowhere and repeats it in no answer', async () => {
    answer = (source) => {
      const [found] = Object.values(source.secrets);
      const said = found !== undefined && 'value' in found ? found.value : 'nothing';
      return Promise.resolve(reading({ error: { code: 'unauthorized', message: `${said} is wrong` } }));
    };
    const form = { kind: 'http', url: 'https://example.org/', token: { plain: canary } };
    const tried = await trials.sample(form);
    expect(tried.error).toEqual({ code: 'unauthorized', message: '[secret] is wrong' });
    expect([...store.secrets.keys()]).toEqual(['kept']);
    // Only the collectors are told, beside the options and not in them.
    expect(JSON.stringify(asked[0]?.options)).not.toContain(canary);
    expect(Object.values(asked[0]?.secrets ?? {})).toEqual([{ value: canary }]);

    for (const token of [{ env: 'FROM_ENV' }, { secret: 'kept' }])
      expect((await trials.sample({ ...form, token })).error?.message).toBe('[secret] is wrong');
  });

  it('of a secret that is not there tells the collectors why', async () => {
    await trials.sample({ kind: 'http', url: 'https://example.org/', token: { secret: 'gone' } });
    expect(Object.values(asked[0]?.secrets ?? {})).toEqual([
      { problem: expect.stringContaining('The secret store has no "gone"') as string },
    ]);
  });

  it.each([
    [{ kind: 'cqu' }, /Did you mean cpu/],
    [{ kind: 'disk', path: 'a\0b' }, /^path: must be a path/],
    [{ kind: 'http', url: 'https://example.org/', token: canary }, /^token: must say where the secret is/],
    [{ kind: 'http', url: { plain: canary } }, /^url: must be text, not an entry/],
    [null, /must be an entry/],
  ])('is refused for a form that is not filled in: %j', async (form, message) => {
    const thrown: unknown = await trials.sample(form).catch((reason: unknown) => reason);
    expect(thrown).toMatchObject({
      code: 'invalid_settings',
      message: expect.stringMatching(message) as string,
    });
    expect(JSON.stringify([thrown, (thrown as PlimsollError).problems])).not.toContain(canary);
    expect(asked).toEqual([]);
  });

  it('says so when the collectors are away', async () => {
    answer = () => Promise.reject(new PlimsollError('stage_down', 'away', { retry: true }));
    await expect(trials.sample({ kind: 'cpu' })).rejects.toMatchObject({ code: 'stage_down' });
  });
});

describe('a test message to a form', () => {
  it('is about what this machine measures, and nothing of a secret is in what was said', async () => {
    const tried = await trials.deliver({ kind: 'courier', password: { plain: canary } });
    expect(tried).toMatchObject({ arrived: true, said: 'Took [secret].', durationMs: 0 });
    expect(tried.transcript).toEqual([
      expect.stringMatching(/^> AUTH PLAIN .*\[secret\]/),
      '< 235 [secret] for CPU above 80 %',
    ]);
    expectNothingOf(canary, tried);
    expect([...store.secrets.keys()]).toEqual(['kept']);
  });

  it.each([{ env: 'FROM_ENV' }, { secret: 'kept' }])(
    'strikes out what %j leads to as well',
    async (password) => {
      const tried = await trials.deliver({ kind: 'courier', fate: 'refused', password });
      expect(tried).toMatchObject({ arrived: false, said: '[secret] is not the password.' });
      expectNothingOf('env-secret', tried);
      expectNothingOf('kept-secret', tried);
    },
  );

  it('cuts a long line, and leaves no half of a secret where it is cut', async () => {
    const shown = 'AUTH PLAIN '.length;
    for (let padding = 7960; padding < 8000; padding++) {
      const { transcript } = await trials.deliver({ kind: 'courier', padding, password: { plain: canary } });
      expect(transcript[0]?.length).toBeLessThanOrEqual(8000);
      const rest = transcript[0]?.slice(2 + padding + shown) ?? '';
      expect(Buffer.from(rest.split('[')[0] ?? '', 'base64').toString()).not.toContain('c');
    }
  });

  it('ends when nobody answers, with what had been said by then', async () => {
    const trial = trials.deliver({ kind: 'courier', fate: 'hangs', password: { plain: canary } });
    await clock.turn(60_000);
    const tried = await trial;
    expect(tried.arrived).toBe(false);
    expect(tried.said).toMatch(/did not end within \d+ seconds/);
    expect(tried.transcript).toHaveLength(2);
  });

  it('says what is found out before anything is sent, and which secret is not there', async () => {
    expect(await trials.deliver({ kind: 'courier', fate: 'nowhere' })).toMatchObject({
      arrived: false,
      said: 'There is no way there.',
      transcript: [],
    });
    const { said } = await trials.deliver({ kind: 'courier', password: { env: 'UNSET' } });
    expect(said).toContain('The environment has no UNSET');
  });

  it('is refused for a form that is not filled in', async () => {
    await expect(trials.deliver({ kind: 'courier', fate: canary })).rejects.toMatchObject({
      problems: [{ path: 'fate' }],
    });
    await expect(trials.deliver('text')).rejects.toMatchObject({ code: 'invalid_settings' });
  });
});

describe('a preview', () => {
  it('says what a destination would say of the newest alert, in words of its own or ours', () => {
    last = exampleMessage({ alert: { ruleName: '{{7*7}}' } });
    const of = { id: 'alert-1', firedAt: last.alert.firedAt, ruleName: '{{7*7}}', host: 'anchor' };
    expect(trials.preview({ kind: 'email', wording: { title: '{{host}}: {{rule}}' } })).toEqual({
      of,
      parts: [
        { name: 'title', text: 'anchor: {{7*7}}' },
        { name: 'text', text: expect.stringMatching(/^CPU \(cpu_usage\) on anchor is at 91\.5 %/) },
      ],
    });
    expect(trials.preview({ kind: 'webhook', body: '{"v": {{value}}}' }).parts).toEqual([
      { name: 'body', text: '{"v": 91.5}' },
    ]);
    const [whole] = trials.preview({ kind: 'webhook' }).parts;
    expect(JSON.parse(whole?.text ?? '')).toMatchObject({ alert_id: 'alert-1' });
  });

  it('invents an alert where there was none, and says so', () => {
    expect(trials.preview({ kind: 'slack' })).toMatchObject({
      of: null,
      parts: [{ text: 'CPU above 80 %' }, {}],
    });
  });

  it.each([
    [{ comparison: 'greater_than', threshold: 80 }, 90],
    [{ comparison: 'greater_than', threshold: 100 }, 110],
    [{ comparison: 'less_than', threshold: 20 }, 18],
    [{ comparison: 'less_than', threshold: 0 }, -1],
    [{ comparison: 'equals', threshold: 3 }, 3],
    [{ comparison: 'between', threshold: 10, upperThreshold: 20 }, 15],
    [{ comparison: 'outside', threshold: 10, upperThreshold: 20 }, 60],
  ])('invents a value that its rule is about: %j', (terms, value) => {
    const rule = ruleSchema.parse({
      ...{ id: 'r', name: 'R', source: 'cpu', metric: 'cpu_percent', consecutiveViolations: 1 },
      ...terms,
    });
    const settings = { rules: [rule], sources: [{ name: 'cpu', kind: 'cpu', enabled: true }] };
    const sample = { host: 'box', source: 'cpu', metric: 'cpu_percent', labels: {}, at: 1 };
    const invented = (latest: number) =>
      inventedMessage({ host: 'box', at: 1, settings, latest: [{ ...sample, value: latest }] });
    expect(invented(NaN).alert.lastValue).toBe(value);
    expect(invented(value).alert.lastValue).toBe(value);
  });

  it('says what is wrong and where', () => {
    const problemsOf = (ask: () => unknown) => {
      try {
        ask();
        return [];
      } catch (thrown) {
        return thrown instanceof PlimsollError ? thrown.problems : thrown;
      }
    };
    expect(problemsOf(() => trials.preview({ kind: 'email', wording: { text: '{{hots}}' } }))).toMatchObject([
      { path: 'wording.text', message: expect.stringContaining('Did you mean host?') },
    ]);
    expect(problemsOf(() => trials.preview({ kind: 'webhook', body: '{' }))).toMatchObject([
      { path: 'body', message: expect.stringContaining('is no JSON') },
    ]);
    const headers = { 'content-type': 'text/plain' };
    expect(trials.preview({ kind: 'webhook', headers, body: '{ {{host}}' }).parts[0]?.text).toMatch(/^\{ \w/);
    expect(() => trials.preview({ kind: 'pigeon' })).toThrow('no kind of destination pigeon');
  });
});
