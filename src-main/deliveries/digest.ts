import type { Bundle, Message } from '../contract/delivery.ts';
import { alertHostName } from '../contract/host-name.ts';
import { headlineOf, nameOf, pastSentenceOf, sentenceOf, timeText } from './words.ts';

/** The content of a message about several alerts, before any markup. */
export interface Digest {
  /** One line, used as a subject or a title: `31 alerts on anchor: 2 critical, 28 warning, 1 over`. */
  headline: string;
  /** The worst severity in it. */
  level: 'critical' | 'warning' | 'over';
  /** Grouped by host and rule, worst first. */
  groups: { title: string; lines: string[] }[];
  /** Counts what is not named: `and 12 more alerts: 12 warning`; null if everything is named. */
  more: string | null;
  /** Says that it is late, with the time of the oldest; null if it is not. */
  late: string | null;
}

/** How many alerts are named; the list of alerts has all of them. */
const namedAtMost = 20;

type Level = Digest['level'];
const levels: readonly Level[] = ['critical', 'warning', 'over'];

/** The final state of one alert in a bundle. */
interface News {
  last: Message;
  /** It fires and ends within the same message. */
  cameAndWent: boolean;
  level: Level;
}

/**
 * Summarises a bundle: one line for each alert, grouped by rule and host. The same bundle always gives the same digest.
 */
export function digestOf({ messages }: Bundle): Digest {
  const news = newsOf(messages);
  const groups = grouped(news);
  const named = share(groups.map(({ length }) => length));
  const hidden = groups.filter((_, index) => named[index] === 0).flat();
  const oldest = messages.find(({ late }) => late === true);
  return {
    headline: headline(news, groups),
    level: news.map(({ level }) => level).sort(byLevel)[0] ?? 'over',
    groups: groups
      .map((group, index) => ({ title: titleOf(group), lines: linesOf(group, named[index] ?? 0) }))
      .filter(({ lines }) => lines.length > 0),
    more: hidden.length === 0 ? null : `and ${counted(hidden.length, 'more alert')}: ${tally(hidden)}`,
    late:
      oldest === undefined
        ? null
        : `Sent late: the oldest of it happened at ${timeText(oldest.transition.at)}.`,
  };
}

/** The final state of each alert of a bundle, worst first. */
export function lastOfEach({ messages }: Bundle): Message[] {
  return newsOf(messages)
    .sort((a, b) => byLevel(a.level, b.level))
    .map(({ last }) => last);
}

function newsOf(messages: readonly Message[]): News[] {
  const byAlert = new Map<string, Message[]>();
  for (const message of messages)
    byAlert.set(message.alert.id, [...(byAlert.get(message.alert.id) ?? []), message]);
  return [...byAlert.values()].flatMap((ofAlert) => {
    const last = ofAlert.at(-1);
    if (last === undefined) return [];
    const isOver = last.transition.to === 'resolved';
    const cameAndWent = isOver && ofAlert.some(({ transition }) => transition.to === 'firing');
    return [{ last, cameAndWent, level: isOver ? 'over' : last.alert.severity }];
  });
}

/** The worst group first, and the worst of each first; otherwise in order of occurrence. */
function grouped(news: readonly News[]): News[][] {
  const groups = new Map<string, News[]>();
  for (const item of [...news].sort((a, b) => byLevel(a.level, b.level))) {
    const { ruleId, series } = item.last.alert;
    const key = JSON.stringify([series.host, ruleId]);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return [...groups.values()];
}

function byLevel(a: Level, b: Level): number {
  return levels.indexOf(a) - levels.indexOf(b);
}

/** How many of each group are named: first one of each as far as possible, then the first groups completely. */
function share(sizes: readonly number[]): number[] {
  const named = sizes.map((_, index) => (index < namedAtMost ? 1 : 0));
  let left = namedAtMost - Math.min(sizes.length, namedAtMost);
  return named.map((one, index) => {
    const more = one === 0 ? 0 : Math.min(left, (sizes[index] ?? 1) - 1);
    left -= more;
    return one + more;
  });
}

function headline(news: readonly News[], groups: readonly News[][]): string {
  const [first] = news;
  if (first === undefined) return '';
  if (news.length === 1)
    return first.cameAndWent ? `Came and went: ${nameOf(first.last.alert)}` : headlineOf(first.last);
  const [group] = groups;
  if (groups.length === 1 && group !== undefined) return titleOf(group);
  const hosts = new Set(news.map(({ last }) => last.alert.series.host));
  const where = hosts.size === 1 ? ` on ${alertHostName(first.last.alert)}` : '';
  return `${counted(news.length, 'alert')}${where}: ${tally(news)}`;
}

function titleOf(group: readonly News[]): string {
  const [first] = group;
  if (first === undefined) return '';
  const { alert } = first.last;
  const where = `${nameOf(alert)} on ${alertHostName(alert)}`;
  if (group.length === 1) return first.level === 'over' ? `Over: ${where}` : `${where} (${first.level})`;
  return `${where}: ${counted(group.length, 'alert')}, ${tally(group)}`;
}

function linesOf(group: readonly News[], named: number): string[] {
  if (named === 0) return [];
  const lines = group
    .slice(0, named)
    .map(({ last, level }) =>
      level === 'over' ? pastSentenceOf(last) : sentenceOf({ ...last, late: false }),
    );
  const left = group.slice(named);
  return left.length === 0 ? lines : [...lines, `and ${counted(left.length, 'more alert')}: ${tally(left)}`];
}

/** `2 critical, 28 warning, 1 over`. */
function tally(news: readonly News[]): string {
  return levels
    .map((level) => [level, news.filter((item) => item.level === level).length] as const)
    .filter(([, count]) => count > 0)
    .map(([level, count]) => `${count.toLocaleString('en-US')} ${level}`)
    .join(', ');
}

function counted(count: number, what: string): string {
  return `${count.toLocaleString('en-US')} ${what}${count === 1 ? '' : 's'}`;
}
