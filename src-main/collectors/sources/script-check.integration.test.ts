import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ScriptFolder } from '../../testing/script-folder.ts';

let scripts: ScriptFolder;

beforeEach(() => {
  scripts = new ScriptFolder();
});
afterEach(() => scripts.close());

describe('check(metrics) finds violations of its own', () => {
  const known = { network: { connections: 1200, 'rate{interface="eth0"}': 7 } };
  const inPython = `
def collect():
    return {"queue": 3}

def check(metrics, own):
    found = []
    if metrics["network"]["connections"] > 1000:
        found.append("High network connections")
    if own["queue"] > 2:
        found.append({"name": "Long queue", "severity": "critical"})
    return found
`;
  const inJavaScript = `
export const collect = () => ({ queue: 3 });
export async function check(metrics, own) {
  const found = [];
  if (metrics.network.connections > 1000) found.push('High network connections');
  if (own.queue > 2) found.push({ name: 'Long queue', severity: 'critical' });
  return found;
}
`;
  const found = {
    queue: 3,
    violations: 2,
    'violation{"violation":"High network connections"}': 1,
    'violation{"violation":"Long queue"}': 2,
  };

  test.each([
    ['watch.py', inPython],
    ['watch.mjs', inJavaScript],
  ])('in %s', async (name, text) => {
    scripts.write(name, text);
    expect(await scripts.run(name, { known })).toEqual({ values: found, error: null });
  });

  test('as the example does that comes with Plimsoll', async () => {
    const example = new URL('../../../resources/metrics/watch_all.py', import.meta.url);
    scripts.write('watch_all.py', readFileSync(example));
    const busy = {
      cpu: { cpu_percent: 97 },
      network: { bytes_recv_per_sec: 3 },
      memory: { memory_percent: 99 },
    };
    expect((await scripts.run('watch_all.py', { known: busy })).values).toEqual({
      violations: 2,
      'violation{"violation":"Busy, and not because of the network"}': 1,
      'violation{"violation":"Memory nearly gone"}': 2,
    });
    expect((await scripts.run('watch_all.py')).values).toEqual({ violations: 0 });
  });

  test.each([
    ['over.py', 'def check(metrics):\n    return ["Low"] if metrics["tank"]["level"] < 5 else None\n'],
    ['over.mjs', "export const check = (metrics) => (metrics.tank.level < 5 ? 'Low' : undefined);\n"],
  ])('and tells when they are over, without collect() in %s', async (name, text) => {
    scripts.write(name, text);
    const tank = { level: 4 };
    const source = scripts.open(name, { known: { tank } });
    await source.read();
    expect(await source.read()).toEqual({
      values: { violations: 1, 'violation{"violation":"Low"}': 1 },
      error: null,
    });
    tank.level = 6;
    expect(await source.read()).toEqual({
      values: { violations: 0, 'violation{"violation":"Low"}': 0 },
      error: null,
    });
    source.close();
  });

  test.each([
    [
      'broken.py',
      'def collect():\n    return 1\ndef check(metrics):\n    return metrics["gone"]\n',
      /check\(\).*KeyError/s,
    ],
    [
      'broken.mjs',
      'export const collect = () => 1;\nexport const check = (metrics) => metrics.gone.more;\n',
      /check\(\).*TypeError/s,
    ],
    ['odd.py', 'def collect():\n    return 1\ndef check(metrics):\n    return [7]\n', /no violation/],
    [
      'odd.mjs',
      'export const collect = () => 1;\nexport const check = () => [{ severity: "critical" }];\n',
      /no violation/,
    ],
    [
      'many.py',
      'def collect():\n    return 1\ndef check(metrics):\n    return [str(n) for n in range(60)]\n',
      /returned 60 violations, of which 50 are kept/,
    ],
    [
      'many.mjs',
      'export const collect = () => 1;\nexport const check = () => Array.from({ length: 60 }, (_, n) => String(n));\n',
      /returned 60 violations, of which 50 are kept/,
    ],
  ])('and what goes wrong in it is said, the numbers count all the same: %s', async (name, text, why) => {
    scripts.write(name, text);
    const { values, error } = await scripts.run(name);
    expect(error?.message).toMatch(why);
    expect(values).toMatchObject({ [name.split('.')[0] ?? '']: 1 });
    // Unknown is not 0.
    if (name.startsWith('broken')) expect(values).not.toHaveProperty('violations');
  });
});
