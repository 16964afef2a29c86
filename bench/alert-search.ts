/**
 * What a search among 100,000 alerts takes, `npm run bench:alerts`: each question as the alert log asks it. Prints the fastest of
 * five, in ms; the goal is a tenth of a second.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { noChange } from '../src-main/monitor/judging/track.ts';
import type { AlertFilter } from '../src-main/monitor/records/alerts-api.ts';
import { openState } from '../src-main/monitor/state/state.ts';
import { exampleMessage } from '../src-main/testing/example-message.ts';

const alertCount = 100_000;
const atOnce = 10_000;
const goalMs = 100;

const directory = mkdtempSync(join(tmpdir(), 'plimsoll-alerts-'));
const state = openState(directory);
const { alert } = exampleMessage();
for (let begin = 0; begin < alertCount; begin += atOnce) {
  const alerts = Array.from({ length: atOnce }, (_, place) => {
    const at = begin + place;
    return {
      ...alert,
      id: `alert-${at}`,
      firedAt: at * 1000,
      state: 'resolved' as const,
      ruleId: `rule-${at % 300}`,
      ruleName: `Rule ${at % 300}`,
      series: { ...alert.series, source: `source ${at % 50}` },
    };
  });
  state.commit({ ...noChange, alerts });
}

const questions: Record<string, Omit<AlertFilter, 'limit'>> = {
  'the newest': {},
  'those that fire': { state: 'firing' },
  'of a rule and a source': { ruleId: 'rule-7', source: 'source 7' },
  'words that none has': { text: 'nobody is called so' },
  'of a host that is not there': { host: 'nowhere', severity: 'critical', text: 'rule' },
  'the last page': { before: 5000, beforeId: 'alert-5' },
};
for (const [question, filter] of Object.entries(questions)) {
  const runs = Array.from({ length: 5 }, () => {
    const start = performance.now();
    state.alerts.list({ ...filter, limit: 50 });
    return performance.now() - start;
  });
  console.log(`${question}: ${Math.min(...runs).toFixed(1)} ms (goal ${goalMs})`);
}
state.close();
rmSync(directory, { recursive: true });
