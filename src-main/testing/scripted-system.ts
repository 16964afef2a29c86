import type { CpuTimes, InterfaceCounters, Memory, System, Volume } from '../collectors/system/system.ts';

/** A machine that answers what a test wrote: one answer after the other, and the last one again. */
export interface Script {
  cpuTimes?: CpuTimes[];
  memory?: Memory[];
  volume?: Volume[];
  networkCounters?: InterfaceCounters[][];
}

const ordinary = {
  cpuTimes: [
    { busy: 100, total: 1000 },
    { busy: 150, total: 1200 },
  ],
  memory: [{ total: 8 * 2 ** 30, available: 6 * 2 ** 30, used: 2 ** 30, free: 2 ** 29 }],
  volume: [{ total: 100 * 2 ** 30, used: 40 * 2 ** 30, available: 55 * 2 ** 30 }],
  networkCounters: [
    [{ name: 'eth0', receivedBytes: 1000, sentBytes: 100 }],
    [{ name: 'eth0', receivedBytes: 3000, sentBytes: 600 }],
  ],
};

/** Answers of an ordinary machine stand where the script says nothing. */
export function scriptedSystem(script: Script = {}): System {
  const all = { ...ordinary, ...script };
  return {
    systemVolume: '/',
    cpuTimes: oneByOne(all.cpuTimes),
    memory: oneByOne(all.memory),
    volume: oneByOne(all.volume),
    networkCounters: oneByOne(all.networkCounters),
    close: () => undefined,
  };
}

function oneByOne<Answer>(answers: readonly Answer[]): () => Answer {
  let next = 0;
  return () => {
    const answer = answers[Math.min(next++, answers.length - 1)];
    if (answer === undefined) throw new Error('the script has no answer');
    return answer;
  };
}
