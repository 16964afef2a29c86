import type { Clock } from '../base/clock.ts';
import type { Alert } from '../contract/alert.ts';
import type { Reading } from '../contract/sample.ts';
import type { Settings } from '../contract/settings.ts';
import type { Level, OwnCost, StageHealth, Status } from '../contract/status.ts';
import type { Board } from './board.ts';
import type { Bulletin } from './bulletin.ts';
import { isAboutEverything } from './judging/downtimes.ts';
import type { Judging } from './judging/judging.ts';
import { machinePage } from './records/machine-page.ts';

interface OverviewParts {
  /** This machine's host name. */
  host: string;
  version: string;
  clock: Clock;
  settings(): Settings;
  board: Board;
  judging: Judging;
  bulletin: Pick<Bulletin, 'notices'>;
  collectors(): StageHealth;
  history(): StageHealth;
  cost(): OwnCost | null;
}

/** The current state of everything. */
export class Overview {
  readonly #parts: OverviewParts;
  readonly #startedAt: number;
  #own: Reading | null = null;

  constructor(parts: OverviewParts) {
    this.#parts = parts;
    this.#startedAt = parts.clock.now();
  }

  /** Stores Plimsoll's latest samples of itself. */
  noteOwn(reading: Reading): void {
    this.#own = reading;
  }

  status(): Status {
    const { host, version, clock, board, judging, bulletin, collectors, history, cost } = this.#parts;
    const { judge, silences, downtimes } = judging;
    const alerts = judging.firing();
    const latest = board.latest();
    return {
      version,
      host,
      at: clock.now(),
      startedAt: this.#startedAt,
      level: levelOf(alerts, latest.length > 0, collectors()),
      sources: board.health(),
      latest,
      // Calm series of other machines are left out: there may be thousands.
      rules: judge.statuses().filter((rule) => rule.host === host || rule.phase !== 'ok'),
      alerts,
      stages: [collectors(), history()],
      ownCost: cost(),
      pausedUntil: silences.pausedUntil(clock.now()),
      downtimes: downtimes.active(clock.now()).map(({ downtime, occurrence }) => ({
        id: downtime.id,
        name: downtime.name,
        to: occurrence.to,
        everything: isAboutEverything(downtime),
      })),
      quietUntil: downtimes.quietUntil(clock.now()),
      notices: bulletin.notices(),
    };
  }

  metricsPage(): string {
    const { board, settings, clock } = this.#parts;
    return machinePage({ board, settings: settings(), own: this.#own, now: clock.now() });
  }
}

function levelOf(alerts: readonly Alert[], sampled: boolean, collectors: StageHealth): Level {
  if (alerts.some((alert) => alert.severity === 'critical')) return 'critical';
  if (alerts.length > 0) return 'warning';
  return sampled && collectors.state !== 'degraded' ? 'ok' : 'unknown';
}
