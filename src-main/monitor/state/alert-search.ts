import type { Alert } from '../../contract/alert.ts';
import type { AlertFilter } from '../records/alerts-api.ts';

/** Only this much of a long text is searched. */
const mostSearched = 600;
const mostWords = 8;

/** The searched text of an alert, case-folded: its name, its origin, its tags, its note. */
export function searchedText({ ruleName, series, tags = [], note }: Alert): string {
  const { host, source, metric, labels } = series;
  const parts = [ruleName, source, metric, host, ...Object.values(labels), ...tags, note ?? ''];
  return folded(parts.join(' ').slice(0, mostSearched));
}

function folded(text: string): string {
  return text.toWellFormed().normalize('NFKC').toLowerCase();
}

interface Statement {
  sql: string;
  values: (string | number)[];
}

/**
 * The statement that finds alerts, newest first. All filters are in the index `alert_found`, so that even a search
 * without a result reads no alert.
 */
export function alertStatement(filter: AlertFilter): Statement {
  const { state, severity, ruleId, source, host, from, to, before, beforeId, text, limit } = filter;
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const demand = (condition: string, ...given: (string | number)[]): void => {
    conditions.push(condition);
    values.push(...given);
  };
  if (state !== undefined) demand('state = ?', state);
  if (severity !== undefined) demand('severity = ?', severity);
  if (ruleId !== undefined) demand('rule_id = ?', ruleId);
  if (source !== undefined) demand('source = ?', source);
  if (host !== undefined) demand('host = ?', host);
  if (from !== undefined) demand('fired_at >= ?', from);
  if (to !== undefined) demand('fired_at < ?', to);
  if (before !== undefined && beforeId === undefined) demand('fired_at < ?', before);
  if (before !== undefined && beforeId !== undefined) demand('(fired_at, id) < (?, ?)', before, beforeId);
  for (const word of wordsOf(text ?? '')) demand('instr(search, ?) > 0', word);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const found = `SELECT id FROM alert INDEXED BY alert_found ${where} ORDER BY fired_at DESC, id DESC LIMIT ?`;
  return {
    sql: `SELECT body FROM alert WHERE id IN (${found}) ORDER BY fired_at DESC, id DESC`,
    values: [...values, limit],
  };
}

/** Each of them must occur, in any order. */
function wordsOf(text: string): string[] {
  return folded(text)
    .split(/\s+/)
    .filter((word) => word !== '')
    .slice(0, mostWords);
}
