import type { Comparison, WindowFunction } from '../contract/rule.ts';

/** Texts that the desktop shows outside its windows: in the tray menu, in notifications and in message boxes. */
export interface Words {
  /** Locale for numbers, times and dates. */
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
  unsnooze: string;
  pause: string;
  resume: string;
  minutes: (count: number) => string;
  hours: (count: number) => string;
  untilTomorrow: string;
  untilResolved: string;
  snoozedUntilResolved: string;
  settings: string;
  startAtLogin: string;
  quit: string;
  file: string;
  edit: string;
  over: (name: string) => string;
  /** Replaces the sentence about a value in a fire drill. */
  drill: string;
  drillOver: string;
  moreAlerts: (count: number) => string;
  moreAlertsBody: string;
  limits: Record<Comparison, (low: string, high: string) => string>;
  /** The limit of a rule with a baseline. */
  usual: (limit: string) => string;
  windows: Record<WindowFunction, string>;
  /** Name of a value aggregated over a window: `Memory (average, 300 s)`. */
  windowed: (parts: { subject: string; window: string; seconds: number }) => string;
  calculated: (parts: { subject: string; expression: string }) => string;
  alertBrief: (parts: { subject: string; limit: string; since: string }) => string;
  alert: (parts: { subject: string; value: string; limit: string; since: string }) => string;
  alertForecast: (parts: { subject: string; value: string; limit: string; days: number }) => string;
  alertOver: (parts: { subject: string; limit: string; worst: string }) => string;
  noData: (parts: { subject: string; since: string }) => string;
  sourceError: (parts: { source: string; since: string }) => string;
  noDataOver: (parts: { subject: string }) => string;
  sourceErrorOver: (parts: { source: string }) => string;
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
  unsnooze: 'End the snooze',
  pause: 'Pause announcements',
  resume: 'Resume announcements',
  minutes: (count) => `${count} minutes`,
  hours: (count) => (count === 1 ? '1 hour' : `${count} hours`),
  untilTomorrow: 'Until tomorrow',
  untilResolved: 'Until it is over',
  snoozedUntilResolved: 'Snoozed until it is over',
  settings: 'Settings',
  startAtLogin: 'Start at login',
  quit: 'Quit Plimsoll',
  file: 'File',
  edit: 'Edit',
  over: (name) => `Over: ${name}`,
  drill: 'This is a fire drill. Nothing is wrong, and it is over by itself.',
  drillOver: 'The fire drill is over. Nothing was wrong.',
  moreAlerts: (count) => (count === 1 ? '1 more message' : `${count} more messages`),
  moreAlertsBody: 'They came too fast to show each. All of them are in the list of alerts.',
  limits: {
    greater_than: (low) => `above ${low}`,
    less_than: (low) => `below ${low}`,
    equals: (low) => `exactly at ${low}`,
    greater_or_equal: (low) => `at or above ${low}`,
    less_or_equal: (low) => `at or below ${low}`,
    not_equals: (low) => `other than ${low}`,
    between: (low, high) => `between ${low} and ${high}`,
    outside: (low, high) => `outside ${low} to ${high}`,
    changed: () => 'changed',
    unchanged: () => 'unchanged',
  },
  usual: (limit) => `${limit}, as is usual for this hour,`,
  windows: {
    avg: 'average',
    min: 'least',
    max: 'most',
    sum: 'sum',
    p95: '95th percentile',
    rate: 'change a second',
    delta: 'change',
  },
  windowed: ({ subject, window, seconds }) => `${subject} (${window}, ${seconds} s)`,
  calculated: ({ subject, expression }) => `${subject} (${expression})`,
  alertBrief: ({ subject, limit, since }) => `${subject} ${limit} since ${since}`,
  alert: ({ subject, value, limit, since }) => `${subject} at ${value}, ${limit} since ${since}`,
  alertForecast: ({ subject, value, limit, days }) =>
    `${subject} will be at ${value} within ${days} days, ${limit}`,
  alertOver: ({ subject, limit, worst }) => `${subject} was ${limit}, worst ${worst}`,
  noData: ({ subject, since }) => `${subject}: no data since ${since}`,
  sourceError: ({ source, since }) => `${source} fails since ${since}`,
  noDataOver: ({ subject }) => `${subject}: no data, over`,
  sourceErrorOver: ({ source }) => `${source} works again`,
  cannotStart: 'Plimsoll cannot start',
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
  unsnooze: 'Nicht mehr zurückstellen',
  pause: 'Meldungen anhalten',
  resume: 'Wieder melden',
  minutes: (count) => `${count} Minuten`,
  hours: (count) => (count === 1 ? '1 Stunde' : `${count} Stunden`),
  untilTomorrow: 'Bis morgen',
  untilResolved: 'Bis es vorbei ist',
  snoozedUntilResolved: 'Zurückgestellt, bis es vorbei ist',
  settings: 'Einstellungen',
  startAtLogin: 'Bei der Anmeldung starten',
  quit: 'Plimsoll beenden',
  file: 'Datei',
  edit: 'Bearbeiten',
  over: (name) => `Vorbei: ${name}`,
  drill: 'Das ist eine Übung. Nichts ist passiert, und sie endet von selbst.',
  drillOver: 'Die Übung ist vorbei. Nichts war passiert.',
  moreAlerts: (count) => (count === 1 ? '1 weitere Meldung' : `${count} weitere Meldungen`),
  moreAlertsBody: 'Sie kamen zu schnell, um jede zu zeigen. Alle stehen in der Liste der Alarme.',
  limits: {
    greater_than: (low) => `über ${low}`,
    less_than: (low) => `unter ${low}`,
    equals: (low) => `genau bei ${low}`,
    greater_or_equal: (low) => `bei oder über ${low}`,
    less_or_equal: (low) => `bei oder unter ${low}`,
    not_equals: (low) => `anders als ${low}`,
    between: (low, high) => `zwischen ${low} und ${high}`,
    outside: (low, high) => `außerhalb von ${low} bis ${high}`,
    changed: () => 'geändert',
    unchanged: () => 'unverändert',
  },
  usual: (limit) => `${limit}, wie zu dieser Stunde üblich,`,
  windows: {
    avg: 'Mittel',
    min: 'kleinster Wert',
    max: 'größter Wert',
    sum: 'Summe',
    p95: '95. Perzentil',
    rate: 'Änderung je Sekunde',
    delta: 'Änderung',
  },
  windowed: ({ subject, window, seconds }) => `${subject} (${window}, ${seconds} s)`,
  calculated: ({ subject, expression }) => `${subject} (${expression})`,
  alertBrief: ({ subject, limit, since }) => `${subject} ${limit} seit ${since}`,
  alert: ({ subject, value, limit, since }) => `${subject} bei ${value}, ${limit} seit ${since}`,
  alertForecast: ({ subject, value, limit, days }) =>
    `${subject} wird binnen ${days} Tagen bei ${value} sein, ${limit}`,
  alertOver: ({ subject, limit, worst }) => `${subject} war ${limit}, schlimmster Wert ${worst}`,
  noData: ({ subject, since }) => `${subject}: keine Daten seit ${since}`,
  sourceError: ({ source, since }) => `${source} schlägt seit ${since} fehl`,
  noDataOver: ({ subject }) => `${subject}: nicht mehr ohne Daten`,
  sourceErrorOver: ({ source }) => `${source} geht wieder`,
  cannotStart: 'Plimsoll kann nicht starten',
};

/** The texts in the first of the system's languages that is available; otherwise English. */
export function wordsFor(languages: readonly string[]): Words {
  for (const tag of languages) {
    const language = tag.split('-')[0]?.toLowerCase();
    // The full tag is kept, so that times and numbers follow the region.
    if (language === 'de') return { ...de, locale: tag };
    if (language === 'en') return { ...en, locale: tag };
  }
  return en;
}
