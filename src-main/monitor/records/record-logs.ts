import type { Clock } from '../../base/clock.ts';
import { openRecordLog } from '../../base/log.ts';
import type { LogLevel, RecordLog, RecordLogName } from '../../base/log.ts';
import { sourceKind } from '../../collectors/source-kinds.ts';
import type { AlertContext } from '../../contract/alert-context.ts';
import type { Alert, Transition } from '../../contract/alert.ts';
import type { LiveEvent } from '../../contract/event.ts';
import type { Reading } from '../../contract/sample.ts';
import type { Settings } from '../../contract/settings.ts';
import { exportedContext, seriesName } from '../../deliveries/record.ts';
import { nameOf } from '../../deliveries/words.ts';
import { contextPatienceMs } from '../evidence/witness.ts';

interface RecordLogsParts {
  /** This machine's name: what others send is in the history, not in its logs. */
  host: string;
  clock: Clock;
  settings(): Settings;
  /** What was going on when an alert fired, as far as it is known; undefined where that is nothing. */
  contextOf(alertId: string): AlertContext | undefined;
  open(name: RecordLogName): RecordLog;
}

/** Asking and committing take a little as well. */
const patienceMs = contextPatienceMs + 500;

/** A line of more is nothing that anybody reads; what is left out is counted in it. */
const metricsAtMost = 500;

/** Sources tick a little early and late. */
const toleranceMs = 500;

/** Programs that are watched; what else is local is about the machine as a whole. */
const programKind = 'processes';

/** The parts that open the logs of a directory. */
export function recordLogsIn(directory: string): RecordLogsParts['open'] {
  return (name) => openRecordLog(directory, name);
}

/**
 * Writes `alerts.log`, `system_metrics.log` and `app_metrics.log`: a line of JSON for each move of an alert, and for each source of this
 * machine as often as wanted. They are for people and programs that read logs: what counts is in the databases, and nothing waits
 * for a line.
 */
export class RecordLogs {
  readonly #parts: RecordLogsParts;
  readonly #logs = new Map<RecordLogName, RecordLog>();
  /** When each source had its last line, monotonic. */
  readonly #writtenAt = new Map<string, number>();
  /** Lines of alerts that fire and wait for why. */
  readonly #waiting = new Map<string, { write(): void; cancel(): void }[]>();

  constructor(parts: RecordLogsParts) {
    this.#parts = parts;
  }

  hear(event: LiveEvent): void {
    if (event.type === 'reading') this.#noteReading(event.reading);
    else if (event.type === 'alert' && event.transition !== null)
      this.#noteMove(event.alert, event.transition);
    else if (event.type === 'context' && this.#parts.contextOf(event.alertId)?.isComplete !== false)
      this.#release(event.alertId);
  }

  /** What Plimsoll measured of itself. */
  noteOwn(reading: Reading): void {
    this.#note('app_metrics', reading);
  }

  /** Writes what waits, and closes the files. */
  async stop(): Promise<void> {
    for (const alertId of [...this.#waiting.keys()]) this.#release(alertId);
    await Promise.all([...this.#logs.values()].map((log) => log.close()));
  }

  #noteReading(reading: Reading): void {
    if (reading.host !== this.#parts.host || !this.#isDue(reading.source)) return;
    const source = this.#parts.settings().sources.find(({ name }) => name === reading.source);
    if (source === undefined || sourceKind(source.kind)?.local !== true) return;
    this.#note(source.kind === programKind ? 'app_metrics' : 'system_metrics', reading);
  }

  #isDue(source: string): boolean {
    const { logMetrics, logMetricsSeconds } = this.#parts.settings().monitoring;
    const writtenAt = this.#writtenAt.get(source) ?? -Infinity;
    return logMetrics && this.#parts.clock.monotonic() - writtenAt >= logMetricsSeconds * 1000 - toleranceMs;
  }

  #note(log: RecordLogName, { host, source, at, durationMs, samples, error }: Reading): void {
    // What counts since the last time has nothing to say the first time.
    if (!this.#isDue(source) || (samples.length === 0 && error === null)) return;
    this.#writtenAt.set(source, this.#parts.clock.monotonic());
    const kept = samples.slice(0, metricsAtMost);
    this.#log(log).write({
      level: (error === null ? 'info' : 'warn') satisfies LogLevel,
      time: timeText(at),
      msg: error === null ? 'reading' : error.message,
      host,
      data_source: source,
      duration_ms: Math.round(durationMs * 10) / 10,
      metrics: Object.fromEntries(kept.map((sample) => [seriesName(sample), sample.value])),
      ...(samples.length > kept.length && { left_out: samples.length - kept.length }),
      ...(error !== null && { error: error.code }),
    });
  }

  #noteMove(alert: Alert, transition: Transition): void {
    if (!this.#parts.settings().monitoring.logAlerts) return;
    const write = () => this.#writeMove(alert, transition);
    if (this.#parts.contextOf(alert.id)?.isComplete !== false) {
      this.#release(alert.id);
      write();
      return;
    }
    const lines = this.#waiting.get(alert.id) ?? [];
    const cancel = this.#parts.clock.after(patienceMs, () => this.#release(alert.id));
    this.#waiting.set(alert.id, [...lines, { write, cancel }]);
  }

  /** What is known by now is what is written. */
  #release(alertId: string): void {
    const lines = this.#waiting.get(alertId) ?? [];
    this.#waiting.delete(alertId);
    for (const { write, cancel } of lines) {
      cancel();
      write();
    }
  }

  #writeMove(alert: Alert, { at, from, to, reason, value, announcement }: Transition): void {
    const { host, source, metric, labels } = alert.series;
    const context = to === 'firing' ? this.#parts.contextOf(alert.id) : undefined;
    this.#log('alerts').write({
      level: levelOf(alert, to),
      time: timeText(at),
      msg: `${to}: ${nameOf(alert)}`,
      event: to,
      from,
      reason,
      alert_id: alert.id,
      rule_id: alert.ruleId,
      rule_name: alert.ruleName,
      severity: alert.severity,
      ...(alert.cause !== undefined && { cause: alert.cause }),
      ...(alert.drill === true && { drill: true }),
      ...{ host, data_source: source, metric_name: metric, labels, value },
      threshold_value: alert.threshold,
      since: timeText(alert.since),
      worst_value: alert.worstValue,
      announced: announcement.decision === 'announce',
      announcement: announcement.reason,
      ...(context !== undefined && { context: exportedContext(context) }),
    });
  }

  #log(name: RecordLogName): RecordLog {
    let log = this.#logs.get(name);
    if (log === undefined) this.#logs.set(name, (log = this.#parts.open(name)));
    return log;
  }
}

function levelOf({ severity, drill }: Alert, to: Transition['to']): LogLevel {
  if (to === 'resolved' || drill === true) return 'info';
  return severity === 'critical' ? 'error' : 'warn';
}

function timeText(at: number): string {
  return new Date(at).toISOString();
}
