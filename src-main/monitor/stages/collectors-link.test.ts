import { beforeEach, describe, expect, it } from 'vitest';
import type { FromCollectors, ScheduledSource, ToCollectors } from '../../collectors/messages.ts';
import { PlimsollError } from '../../contract/error.ts';
import type { Reading } from '../../contract/sample.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { CollectorsLink } from './collectors-link.ts';

const source: ScheduledSource = { name: 'cpu', kind: 'cpu', intervalSeconds: 5, options: {}, secrets: {} };
const reading: Reading = { host: 'box', source: 'cpu', at: 1, durationMs: 1, samples: [], error: null };
let clock: HandClock;
let children: ScriptedChildren<ToCollectors, FromCollectors>;
let link: CollectorsLink;
const child = () => children.newest('collectors');
const asked = () => child().sent.flatMap((message) => (message.type === 'sample' ? [message.id] : []));
const codeOf = (work: Promise<unknown>) =>
  work.catch((thrown: unknown) => (thrown instanceof PlimsollError ? [thrown.code, thrown.retry] : thrown));

beforeEach(() => {
  clock = new HandClock();
  children = new ScriptedChildren();
  link = new CollectorsLink({
    host: 'box',
    spawn: children.spawn,
    clock,
    onReading: () => undefined,
    onHealth: () => undefined,
    onCost: () => undefined,
  });
  link.start();
});

describe('a sample on demand', () => {
  it('is answered by the process that was asked, each question with its own answer', async () => {
    child().say({ type: 'ready' });
    const answers = [link.sample(source), link.sample({ ...source, name: 'other' })];
    const [first = 0, second = 0] = asked();
    child().say({ type: 'sampled', id: second, reading: { ...reading, source: 'other' } });
    child().say({ type: 'sampled', id: first, reading });
    expect((await Promise.all(answers)).map(({ source: name }) => name)).toEqual(['cpu', 'other']);
  });

  it('is refused while nobody is there, and when the process dies before it answers', async () => {
    expect(await codeOf(link.sample(source))).toEqual(['stage_down', true]);
    child().say({ type: 'ready' });
    const waiting = codeOf(link.sample(source));
    const [id = 0] = asked();
    child().end({ kind: 'crash', code: null, signal: 'SIGKILL' });
    expect(await waiting).toEqual(['stage_down', true]);
    await clock.turn(100);
    child().say({ type: 'ready' });
    // An answer to what nobody asks any more changes nothing.
    child().say({ type: 'sampled', id, reading });
    const again = link.sample(source);
    child().say({ type: 'sampled', id: asked()[0] ?? 0, reading });
    expect(await again).toEqual(reading);
  });

  it('has a deadline, and none that is left behind when it was answered', async () => {
    child().say({ type: 'ready' });
    const [answered, late] = [link.sample(source), codeOf(link.sample(source))];
    child().say({ type: 'sampled', id: asked()[0] ?? 0, reading });
    await clock.turn(25_000);
    expect([await answered, await late]).toEqual([reading, ['deadline', true]]);
  });
});

describe('what runs', () => {
  const top = { at: 5, byCpu: [], byMemory: [] };
  const askedTop = () => child().sent.flatMap((message) => (message.type === 'top' ? [message.id] : []));

  it('is answered beside samples, or with what kept it from being read', async () => {
    child().say({ type: 'ready' });
    const [programs, sampled] = [link.topPrograms(), link.sample(source)];
    child().say({ type: 'sampled', id: asked()[0] ?? 0, reading });
    child().say({ type: 'top', id: askedTop()[0] ?? 0, programs: top });
    expect([await programs, await sampled]).toEqual([top, reading]);
    const refused = codeOf(link.topPrograms());
    child().say({ type: 'top', id: askedTop()[1] ?? 0, programs: { problem: '/proc is gone' } });
    expect(await refused).toEqual(['unreadable', true]);
  });

  it('is not waited for longer than two seconds', async () => {
    expect(await codeOf(link.topPrograms())).toEqual(['stage_down', true]);
    child().say({ type: 'ready' });
    const late = codeOf(link.topPrograms());
    await clock.turn(2_000);
    expect(await late).toEqual(['deadline', true]);
  });
});
