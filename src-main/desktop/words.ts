import type { Comparison } from '../contract/rule.ts';

/** What the desktop says outside of its windows: in the tray's menu, in notifications, in message boxes. */
export interface Words {
  /** For numbers, times and dates. */
  locale: string;
  ok: string;
  crossed: (count: number) => string;
  unknown: string;
  pausedUntil: (time: string) => string;
  open: string;
  quickLook: string;
  alerts: string;
  show: string;
  acknowledge: string;
  acknowledged: string;
  snooze: string;
  snoozeHour: string;
  snoozedUntil: (time: string) => string;
  pause: string;
  resume: string;
  minutes: (count: number) => string;
  hours: (count: number) => string;
  untilTomorrow: string;
  settings: string;
  startAtLogin: string;
  quit: string;
  file: string;
  edit: string;
  over: (name: string) => string;
  moreAlerts: (count: number) => string;
  moreAlertsBody: string;
  limits: Record<Comparison, string>;
  alertBrief: (parts: { subject: string; limit: string; threshold: string; since: string }) => string;
  alert: (parts: {
    subject: string;
    value: string;
    limit: string;
    threshold: string;
    since: string;
  }) => string;
  alertOver: (parts: { subject: string; limit: string; threshold: string; worst: string }) => string;
  cannotStart: string;
}

const en: Words = {
  locale: 'en',
  ok: 'All below the line',
  crossed: (count) => (count === 1 ? '1 line crossed' : `${count} lines crossed`),
  unknown: 'Nothing is known yet',
  pausedUntil: (time) => `Paused until ${time}`,
  open: 'Open Plimsoll',
  quickLook: 'Quick look',
  alerts: 'Active alerts',
  show: 'Show',
  acknowledge: 'Acknowledge',
  acknowledged: 'Acknowledged',
  snooze: 'Snooze',
  snoozeHour: 'Snooze for 1 hour',
  snoozedUntil: (time) => `Snoozed until ${time}`,
  pause: 'Pause announcements',
  resume: 'Resume announcements',
  minutes: (count) => `${count} minutes`,
  hours: (count) => (count === 1 ? '1 hour' : `${count} hours`),
  untilTomorrow: 'Until tomorrow',
  settings: 'Settings',
  startAtLogin: 'Start at login',
  quit: 'Quit Plimsoll',
  file: 'File',
  edit: 'Edit',
  over: (name) => `Over: ${name}`,
  moreAlerts: (count) => (count === 1 ? '1 more message' : `${count} more messages`),
  moreAlertsBody: 'They came too fast to show each. All of them are in the list of alerts.',
  limits: { greater_than: 'above', less_than: 'below', equals: 'exactly at' },
  alertBrief: ({ subject, limit, threshold, since }) => `${subject} ${limit} ${threshold} since ${since}`,
  alert: ({ subject, value, limit, threshold, since }) =>
    `${subject} at ${value}, ${limit} ${threshold} since ${since}`,
  alertOver: ({ subject, limit, threshold, worst }) => `${subject} was ${limit} ${threshold}, worst ${worst}`,
  cannotStart: 'Plimsoll can not start',
};

const de: Words = {
  locale: 'de',
  ok: 'Alles unter der Linie',
  crossed: (count) => (count === 1 ? '1 Linie überschritten' : `${count} Linien überschritten`),
  unknown: 'Noch ist nichts bekannt',
  pausedUntil: (time) => `Pause bis ${time}`,
  open: 'Plimsoll öffnen',
  quickLook: 'Kurzer Blick',
  alerts: 'Aktive Alarme',
  show: 'Anzeigen',
  acknowledge: 'Bestätigen',
  acknowledged: 'Bestätigt',
  snooze: 'Zurückstellen',
  snoozeHour: '1 Stunde zurückstellen',
  snoozedUntil: (time) => `Zurückgestellt bis ${time}`,
  pause: 'Meldungen anhalten',
  resume: 'Wieder melden',
  minutes: (count) => `${count} Minuten`,
  hours: (count) => (count === 1 ? '1 Stunde' : `${count} Stunden`),
  untilTomorrow: 'Bis morgen',
  settings: 'Einstellungen',
  startAtLogin: 'Bei der Anmeldung starten',
  quit: 'Plimsoll beenden',
  file: 'Datei',
  edit: 'Bearbeiten',
  over: (name) => `Vorbei: ${name}`,
  moreAlerts: (count) => (count === 1 ? '1 weitere Meldung' : `${count} weitere Meldungen`),
  moreAlertsBody: 'Sie kamen zu schnell, um jede zu zeigen. Alle stehen in der Liste der Alarme.',
  limits: { greater_than: 'über', less_than: 'unter', equals: 'genau bei' },
  alertBrief: ({ subject, limit, threshold, since }) => `${subject} ${limit} ${threshold} seit ${since}`,
  alert: ({ subject, value, limit, threshold, since }) =>
    `${subject} bei ${value}, ${limit} ${threshold} seit ${since}`,
  alertOver: ({ subject, limit, threshold, worst }) =>
    `${subject} war ${limit} ${threshold}, schlimmster Wert ${worst}`,
  cannotStart: 'Plimsoll kann nicht starten',
};

/** The words of the first language of the system's list that there are words in. English otherwise. */
export function wordsFor(languages: readonly string[]): Words {
  for (const tag of languages) {
    const language = tag.split('-')[0]?.toLowerCase();
    // The region keeps its own way of writing times and numbers.
    if (language === 'de') return { ...de, locale: tag };
    if (language === 'en') return { ...en, locale: tag };
  }
  return en;
}
