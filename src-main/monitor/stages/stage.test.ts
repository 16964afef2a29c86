import { beforeEach, describe, expect, it } from 'vitest';
import type { ChildEnd } from '../../contract/port.ts';
import type { StageHealth } from '../../contract/status.ts';
import { HandClock } from '../../testing/hand-clock.ts';
import { ScriptedChildren } from '../../testing/scripted-child.ts';
import { Stage } from './stage.ts';

type Down = { type: 'stop' } | { type: 'work' };
type Up = { type: 'ready' } | { type: 'result' };

const crash: ChildEnd = { kind: 'crash', code: null, signal: 'SIGSEGV' };
let clock: HandClock;
let children: ScriptedChildren<Down, Up>;
let seen: StageHealth['state'][];
let heard: string[];
let stage: Stage<Down, Up>;
const newest = () => children.newest('collectors');
const ready: Up = { type: 'ready' };

beforeEach(() => {
  clock = new HandClock();
  children = new ScriptedChildren();
  seen = [];
  heard = [];
  stage = new Stage<Down, Up>({
    entry: 'collectors',
    spawn: children.spawn,
    clock,
    stopMessage: { type: 'stop' },
    onMessage: (message) => heard.push(message.type),
    onGone: () => heard.push('gone'),
    onHealth: ({ state }) => seen.at(-1) === state || seen.push(state),
  });
  stage.start();
  newest().say(ready);
});

describe('Stage', () => {
  it('restarts a child that died, sooner at first', async () => {
    newest().end(crash);
    expect(stage.health).toMatchObject({ state: 'restarting', pid: null, deaths: 1 });
    expect(stage.health.problem).toContain('SIGSEGV');
    await clock.turn(100);
    newest().say(ready);
    expect(stage.health).toMatchObject({ state: 'running', pid: 101, problem: null });
    newest().end({ kind: 'exit', code: 0 });
    await clock.turn(299);
    expect(children.started).toHaveLength(2);
    await clock.turn(1);
    expect(children.started).toHaveLength(3);
    expect(heard).toEqual(['ready', 'gone', 'ready', 'gone']);
  });

  it('gives up after five deaths in five minutes, until it is told to try again', async () => {
    for (let death = 0; death < 5; death++) {
      newest().end(crash);
      await clock.turn(3000);
    }
    expect(children.started).toHaveLength(5);
    expect(stage.health).toMatchObject({ state: 'degraded', deaths: 5 });
    await clock.turn(3_600_000);
    expect(children.started).toHaveLength(5);
    stage.retry();
    newest().say(ready);
    expect(stage.health).toMatchObject({ state: 'running', deaths: 5, problem: null });
    newest().end(crash);
    await clock.turn(100);
    expect(children.started).toHaveLength(7);
  });

  it('takes a process that cannot be started, as without memory, for one that died', async () => {
    children.problem = new Error('spawn ENOMEM');
    newest().end(crash);
    await clock.turn(100);
    expect(stage.health).toMatchObject({ state: 'restarting', pid: null, deaths: 2 });
    expect(stage.health.problem).toContain('before it could start (spawn ENOMEM)');
    children.problem = null;
    await clock.turn(300);
    newest().say(ready);
    expect(stage.health).toMatchObject({ state: 'running', problem: null });
  });

  it('keeps trying when the deaths are far apart', async () => {
    for (let death = 0; death < 10; death++) {
      newest().end(crash);
      await clock.turn(80_000);
    }
    expect(children.started).toHaveLength(11);
  });

  it('ends and restarts a child that runs but says nothing any more, and no other', async () => {
    for (let look = 0; look < 20; look++) {
      await clock.turn(14_000);
      newest().say({ type: 'result' });
    }
    expect(children.started).toHaveLength(1);
    await clock.turn(44_000);
    expect(children.started).toHaveLength(1);
    await clock.turn(15_000);
    expect(children.started).toHaveLength(2);
    expect(stage.health).toMatchObject({
      deaths: 1,
      problem: expect.stringContaining('no longer answered') as string,
    });
  });

  it('does not blame a child for the time in which the machine slept', async () => {
    clock.stall(8 * 3_600_000);
    await clock.turn(20_000);
    newest().say({ type: 'result' });
    await clock.turn(30_000);
    expect(children.started).toHaveLength(1);
  });

  it('replaces a running child when it is told to, and no longer listens to the old one', () => {
    const [old] = children.started;
    stage.retry();
    old?.say({ type: 'result' });
    expect(old?.killed).toBe(true);
    expect(heard).toEqual(['ready', 'gone']);
    expect(stage.health.deaths).toBe(0);
  });

  it('does not restart a child that cannot do its work', async () => {
    stage.refuse('The file is too new.');
    newest().end({ kind: 'exit', code: 0 });
    await clock.turn(60_000);
    expect(children.started).toHaveLength(1);
    expect(stage.health).toMatchObject({ state: 'degraded', problem: 'The file is too new.' });
  });

  it('asks the child to end, and ends it when it does not', async () => {
    const stopped = stage.stop();
    expect(newest().sent).toEqual([{ type: 'stop' }]);
    await clock.turn(2999);
    expect(newest().killed).toBe(false);
    await clock.turn(1);
    await stopped;
    expect(newest().killed).toBe(true);
    expect(stage.health.state).toBe('stopped');
    await clock.turn(60_000);
    expect(children.started).toHaveLength(1);
  });
});
