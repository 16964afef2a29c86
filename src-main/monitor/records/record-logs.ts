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
  /** This machine's host name: samples of others are in the history, not in its logs. */
  host: string;
  clock: Clock;
  settings(): Settings;
  /** The circumstances of an alert, as far as known; undefined if there are none. */
  contextOf(alertId: string): AlertContext | undefined;
  open(name: RecordLogName): RecordLog;
}

/** Leaves some time for asking and committing. */
const patienceMs = contextPatienceMs + 500;

/** A longer line would not be read; the number of omitted metrics is given in it. */
const metricsAtMost = 500;

/** Sources tick slightly early and late. */
const toleranceMs = 500;

/** The kind whose metrics are about watched programs; other local kinds are about the machine as a whole. */
const programKind = 'processes';

/** Returns the function that opens the logs of a directory. */
export function recordLogsIn(directory: string): RecordLogsParts['open'] {
  return (name) => openRecordLog(directory, name);
}

/**
 * Writes `alerts.log`, `system_metrics.log` and `app_metrics.log`: a line of JSON for each move of an alert, and for
 * each source of this machine as often as configured. They are for people and log readers: the data that counts is in
 * the databases, and nothing waits for a line.
 */
export class RecordLogs {
  readonly #parts: RecordLogsParts;
  readonly #logs = new Map<RecordLogName, RecordLog>();
  /** When each source's last line was written, monotonic. */
  readonly #writtenAt = new Map<string, number>();
  /** Lines of firing alerts that wait for their circumstances. */
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

  /** Plimsoll's samples of itself. */
  noteOwn(reading: Reading): void {
    this.#note('app_metrics', reading);
  }

  /** Writes the waiting lines, and closes the files. */
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
    // A source of rates has no samples the first time.
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

  /** Writes the waiting lines with what is known by now. */
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
