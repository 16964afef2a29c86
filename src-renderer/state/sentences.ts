import type { Alert, Announcement, TransitionReason } from '../../src-main/contract/alert.ts';
import type { Delivery, DeliveryState, Suppression } from '../../src-main/contract/delivery.ts';
import type { Unit } from '../../src-main/contract/metric.ts';
import type { Rule, RuleStatus } from '../../src-main/contract/rule.ts';
import type { Series } from '../../src-main/contract/sample.ts';
import type { StageHealth } from '../../src-main/contract/status.ts';
import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';
import type { Verdict } from './verdict.ts';
import { judgedWords, ruleClauses } from './rule-clauses.ts';
import type { RuleTerms } from './rule-clauses.ts';
import { stateOfLimit } from './state-words.ts';
import { limitWords } from './words.ts';

/** The sentence at the top: whether something is wrong, and whether anybody would be told. */
export function headline(verdict: Verdict, format: Format, now: number): string {
  const { crossed, pausedUntil, downtimeUntil } = verdict;
  const until = pausedUntil ?? downtimeUntil;
  if (until === null) return levelSentence(verdict);
  const time = format.moment(until, now);
  const paused = pausedUntil === null ? m.headline_downtime({ time }) : m.headline_paused({ time });
  return crossed > 0 ? `${paused} · ${m.headline_crossed({ count: crossed })}` : paused;
}

function levelSentence({ headline, crossed, counting, unknown, hosts }: Verdict): string {
  switch (headline) {
    case 'ok':
      return m.headline_ok();
    case 'partly':
      return m.headline_partly({ count: unknown });
    case 'crossed':
      return m.headline_crossed({ count: crossed });
    case 'counting':
      return m.headline_counting({ count: counting });
    case 'silent':
      return m.headline_silent({ count: hosts?.silent ?? 0, of: hosts?.sending ?? 0 });
    case 'waiting':
      return m.headline_waiting();
    case 'stopped':
      return m.headline_stopped();
    case 'nothing':
      return m.headline_nothing();
  }
}

/** `Memory above 85 % for 4 min`, in the past tense for a resolved alert. */
export function alertSentence(
  alert: Alert,
  subject: string,
  unit: Unit,
  format: Format,
  now: number,
): string {
  const span = format.duration((alert.resolvedAt ?? Math.max(now, alert.since)) - alert.since);
  const firing = alert.state === 'firing';
  if (alert.drill === true) return firing ? m.drill_sentence() : m.drill_sentence_over();
  if (alert.cause === 'no_data')
    return firing ? m.alert_no_data({ subject, span }) : m.alert_no_data_over({ subject, span });
  if (alert.cause === 'source_error') {
    const { source } = alert.series;
    return firing ? m.alert_source_error({ source, span }) : m.alert_source_error_over({ source, span });
  }
  const destination = lostDestination(alert);
  if (destination !== null)
    return firing
      ? m.alert_destination_lost({ destination, span })
      : m.alert_destination_lost_over({ destination, span });
  const limit = limitWithForecast(alert, unit, format);
  const judged = judgedWords(alert, subject, format);
  return firing
    ? m.alert_firing({ subject: judged, limit, span })
    : m.alert_resolved({ subject: judged, limit, span });
}

/** The destination that an alert reports as unreachable; null for other alerts. */
function lostDestination({ series: { source, metric, labels } }: Alert): string | null {
  return source === 'plimsoll' && metric === 'destination_down' ? (labels['destination'] ?? null) : null;
}

function limitWithForecast(terms: RuleTerms & { series?: Series }, unit: Unit, format: Format): string {
  const isSample = [terms.window, terms.expression, terms.forecast, terms.baseline].every(
    (part) => part === undefined,
  );
  const state = isSample ? stateOfLimit(terms.series?.metric ?? terms.metric ?? '', terms) : null;
  if (state !== null) return state;
  const limit = limitWords(terms, unit, format);
  return terms.forecast === undefined
    ? limit
    : m.limit_forecast({ limit, days: format.limit(terms.forecast.withinDays, 'none') });
}

/**
 * Name of an alert's rule: as the list of rules has it now, given the rule, or as the alert remembers it; that of a built-in rule is
 * in the reader's language.
 */
export function ruleNameOf(alert: Alert, rule?: { name: string }): string {
  return isOwnName(alert) ? m.rule_destination_lost() : (rule?.name ?? alert.ruleName);
}

function isOwnName(alert: Alert): boolean {
  return lostDestination(alert) !== null && alert.ruleName === 'Destination not reached';
}

/** The rule's name if it adds to the sentence beside it; null if it only repeats it. */
export function tellingName(alert: Alert, subject: string, unit: Unit, format: Format): string | null {
  // The sentence contains the name of the built-in rule.
  if (isOwnName(alert)) return null;
  const said = `${judgedWords(alert, subject, format)} ${limitWithForecast(alert, unit, format)}`;
  const plain = (text: string): string => text.replaceAll('\u00a0', ' ').trim().toLowerCase();
  return plain(alert.ruleName) === plain(said) ? null : alert.ruleName;
}

/** `Memory above 85 % for 3 samples in a row, over only at or below 75 %`: all terms of a rule but its severity. */
export function ruleSentence(
  rule: RuleTerms & { series?: Series },
  subject: string,
  unit: Unit,
  format: Format,
): string {
  const limit = limitWithForecast(rule, unit, format);
  const judged = judgedWords(rule, subject, format);
  const counts = rule.violationsOf === undefined;
  const said = m.rule_sentence({
    subject: judged,
    limit,
    count: counts ? rule.consecutiveViolations : 1,
  });
  return [said, ...ruleClauses(rule, unit, format)].join(', ');
}

/** The reason of a transition as text. */
export function reasonWords(reason: TransitionReason): string {
  switch (reason) {
    case 'violated_enough':
      return m.reason_violated_enough();
    case 'became_critical':
      return m.reason_became_critical();
    case 'no_longer_critical':
      return m.reason_no_longer_critical();
    case 'no_data':
      return m.reason_no_data();
    case 'source_error':
      return m.reason_source_error();
    case 'data_back':
      return m.reason_data_back();
    case 'source_back':
      return m.reason_source_back();
    case 'resolved_without_data':
      return m.reason_resolved_without_data();
    case 'series_gone':
      return m.reason_series_gone();
    case 'still_firing':
      return m.reason_still_firing();
    case 'still_resolved':
      return m.reason_still_resolved();
    case 'back_within':
      return m.reason_back_within();
    case 'rule_changed':
      return m.reason_rule_changed();
    case 'rule_disabled':
      return m.reason_rule_disabled();
    case 'rule_removed':
      return m.reason_rule_removed();
    case 'source_removed':
      return m.reason_source_removed();
    case 'host_removed':
      return m.reason_host_removed();
    case 'judged_by_agent':
      return m.reason_judged_by_agent();
  }
}

/** Whether a transition was announced, and if not, why. */
export function announcementWords(announcement: Announcement, format: Format, now: number): string {
  if (announcement.decision === 'announce') {
    switch (announcement.reason) {
      case 'first':
        return m.announced_first();
      case 'cooldown_over':
        return m.announced_cooldown_over();
      case 'pause_over':
        return m.announced_pause_over();
      case 'downtime_over':
        return m.announced_downtime_over();
      case 'quiet_hours_over':
        return m.announced_quiet_hours_over();
      case 'parent_over':
        return m.announced_parent_over();
      case 'flapping':
        return m.announced_flapping();
      case 'flapping_over':
        return m.announced_flapping_over();
      case 'snooze_over':
        return m.announced_snooze_over();
      case 'more_severe':
        return m.announced_more_severe();
      case 'reminder':
        return m.announced_reminder();
      case 'recovery':
        return m.announced_recovery();
    }
  }
  const until = announcement.until === undefined ? null : { time: format.moment(announcement.until, now) };
  switch (announcement.reason) {
    case 'less_severe':
      return m.held_less_severe();
    case 'firing_not_announced':
      return m.held_firing_not_announced();
    case 'told_before':
      return m.held_told_before();
    case 'snoozed':
      return until === null ? m.held_snoozed() : m.held_snoozed_until(until);
    case 'paused':
      return until === null ? m.held_paused() : m.held_paused_until(until);
    case 'downtime':
      return until === null ? m.held_downtime() : m.held_downtime_until(until);
    case 'quiet_hours':
      return until === null ? m.held_quiet_hours() : m.held_quiet_hours_until(until);
    case 'parent':
      return m.held_parent();
    case 'flapping':
      return m.held_flapping();
    case 'cooldown':
      return until === null ? m.held_cooldown() : m.held_cooldown_until(until);
  }
}

/** What a delivery announces, as text. */
export function toldWords(told: Delivery['transition']): string {
  switch (told) {
    case 'firing':
      return m.transition_firing();
    case 'resolved':
      return m.transition_resolved();
    case 'acknowledged':
      return m.transition_acknowledged();
    case 'violation':
      return m.transition_violation();
    case 'report':
      return m.transition_report();
  }
}

export function deliveryWords(state: DeliveryState): string {
  switch (state) {
    case 'queued':
      return m.delivery_queued();
    case 'sent':
      return m.delivery_sent();
    case 'failed':
      return m.delivery_failed();
    case 'held':
      return m.delivery_held();
    case 'suppressed':
      return m.delivery_suppressed();
  }
}

/** Why an announced message does not reach a destination, or not yet. */
export function suppressionWords(reason: Suppression): string {
  switch (reason) {
    case 'severity':
      return m.suppressed_severity();
    case 'host':
      return m.suppressed_host();
    case 'tag':
      return m.suppressed_tag();
    case 'rule':
      return m.suppressed_rule();
    case 'firing_unwanted':
      return m.suppressed_firing_unwanted();
    case 'recovery_unwanted':
      return m.suppressed_recovery_unwanted();
    case 'reminder_unwanted':
      return m.suppressed_reminder_unwanted();
    case 'firing_not_sent':
      return m.suppressed_firing_not_sent();
    case 'quiet_hours':
      return m.suppressed_quiet_hours();
    case 'over_in_quiet_hours':
      return m.suppressed_over_in_quiet_hours();
    case 'told_before':
      return m.suppressed_told_before();
    case 'told_since':
      return m.suppressed_told_since();
    case 'about_itself':
      return m.suppressed_about_itself();
    case 'destination_removed':
      return m.suppressed_destination_removed();
  }
}

/** State of a rule on one series: `below its line`, `2 of 3 samples above its line`, `crossed for 4 min`. */
export function phaseWords(
  status: RuleStatus | undefined,
  rule: Pick<Rule, 'consecutiveViolations' | 'enabled' | 'forSeconds' | 'window'>,
  format: Format,
  now: number,
): string {
  if (!rule.enabled) return m.phase_off();
  if (status === undefined || (status.lastAt === null && status.phase === 'ok'))
    return rule.window === undefined
      ? m.phase_waiting()
      : m.phase_waiting_window({ span: format.duration(rule.window.seconds * 1000) });
  switch (status.phase) {
    case 'ok':
      return m.phase_ok();
    case 'pending':
      return pendingWords(status.violations, rule, format);
    case 'firing':
      return m.phase_firing({ span: format.duration(now - (status.since ?? now)) });
    case 'recovering':
      return m.phase_recovering();
    case 'no_data':
      return m.phase_no_data();
    case 'error':
      return m.phase_error();
  }
}

/** A line that is crossed, but not yet for as long as the rule asks. */
export function pendingWords(
  violations: number,
  rule: Pick<Rule, 'consecutiveViolations' | 'forSeconds'>,
  format: Format,
): string {
  const needed = rule.consecutiveViolations;
  return rule.forSeconds !== undefined && violations >= needed
    ? m.phase_pending_for({ span: format.duration(rule.forSeconds * 1000) })
    : m.phase_pending({ violations, needed });
}

/** What a failing child process means for the reader; null for one that runs. */
export function stageWords(stage: StageHealth): { title: string; meaning: string } | null {
  if (stage.state === 'running' || stage.state === 'starting') return null;
  const collectors = stage.stage === 'collectors';
  if (stage.state === 'restarting') {
    return collectors
      ? { title: m.stage_collectors_restarting(), meaning: m.stage_collectors_restarting_meaning() }
      : { title: m.stage_history_restarting(), meaning: m.stage_history_restarting_meaning() };
  }
  return collectors
    ? { title: m.stage_collectors_down(), meaning: m.stage_collectors_down_meaning() }
    : { title: m.stage_history_down(), meaning: m.stage_history_down_meaning() };
}
