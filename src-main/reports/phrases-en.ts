import type { Phrases } from './phrases.ts';

const locale = 'en-GB';
// Not a stored `NumberFormat`: the main process loads these texts too but rarely uses them, and its tables would take
// memory from the start.
const whole = (count: number): string => count.toLocaleString(locale);

/** Names of source kinds, for sources that are named like their kind. */
const kinds: Phrases['kinds'] = {
  cpu: 'CPU',
  memory: 'Memory',
  disk: 'Disk',
  network: 'Network',
  ping: 'Ping',
  script: 'Script',
  tcp: 'TCP port',
  dns: 'DNS record',
  certificate: 'TLS certificate',
  http: 'HTTP endpoint',
  prometheus: 'Prometheus page',
  file: 'File',
  heartbeat: 'Heartbeat',
  push: 'Pushed numbers',
  battery: 'Battery',
  connections: 'Connections',
  'disk-io': 'Disk activity',
  mounts: 'Mounts',
  processes: 'Processes',
  temperatures: 'Temperatures',
  uptime: 'Uptime',
};

/** English, with dates and the 24-hour clock as written outside the USA. */
export const english: Phrases = {
  locale,
  units: { day: 'd' },
  stretch: (from, to) => `${from} to ${to}`,
  report: 'Metrics report for',
  made: (when, version, zone) =>
    `Made ${when} by Plimsoll ${version}. All times are of the zone ${zone}. A dash stands for what is not known; nothing that is missing was counted as 0.`,

  fired: ({ count, critical, rules, name }) => {
    if (count === 1)
      return `One alert fired, ${critical === 1 ? 'a critical one' : 'not a critical one'}: “${name}”.`;
    const severe = critical === 0 ? 'none' : critical === count ? 'all' : whole(critical);
    return `${whole(count)} alerts fired, ${severe} of them critical; ${rules === 1 ? 'all of' : 'most often'} “${name}”.`;
  },
  wentOn: (count) => `No new alert fired; ${count === 1 ? 'one' : whole(count)} from before went on.`,
  allOver: 'All are over.',
  stillFire: (count) => `${count === 1 ? 'One still fires' : `${whole(count)} still fire`} at the end.`,
  givenUp: (count) => `${count === 1 ? 'One delivery was' : `${whole(count)} deliveries were`} given up.`,
  unwatched: (span) => `Nothing is known of these ${span}: Plimsoll did not watch.`,
  allClear: (span) => `All clear: nothing crossed a line in these ${span}.`,
  clearAsKnown: (watched, unwatched) =>
    `All clear as far as is known: nothing crossed a line in the ${watched} that were watched; ${unwatched} were not.`,

  tiles: {
    watched: 'Watched',
    watchedOf: (watched, span) => `${watched} of ${span}`,
    alerts: 'Alerts',
    critical: (count) => (count === 0 ? 'none critical' : `${whole(count)} critical`),
    longest: 'Longest alert',
    nothingFired: 'nothing fired',
    busiest: 'Busiest hour',
    noSamples: 'no samples',
    meanOf: (title, value) => `${title}, mean ${value}`,
    givenUp: 'Deliveries given up',
    none: 'none',
  },

  availability: {
    title: 'Availability',
    about:
      'How long this machine was watched, asleep, or without Plimsoll. “Asleep” is also a Plimsoll that was stopped and went on.',
    parts: { watched: 'Watched', asleep: 'Asleep', off: 'Plimsoll was off', noData: 'No data' },
    never: 'never',
    gaps: 'Gaps',
    longestGaps: 'Longest gaps',
    longestOf: (count) => `The longest of ${whole(count)} gaps`,
    heads: { from: 'From', to: 'To', lasted: 'Lasted', why: 'Why' },
  },
  gaps: { asleep: 'asleep', off: 'off', no_data: 'no data' },

  system: { title: 'System', nothing: 'No source of this machine is in the settings.' },
  charts: {
    processor: 'Processor',
    memory: 'Memory',
    disk: 'Disk',
    network: 'Network',
    program_cpu: 'CPU of programs (100 % is one core)',
    program_memory: 'Memory of programs',
    program_threads: 'Threads of programs',
    processes: 'Processes',
  },
  noSamples: 'No samples in this span',
  course: (name, least, most, mean) => `${name}: from ${least} to ${most}, mean ${mean}`,
  courseUnknown: (name) => `${name}: no samples`,
  moreNotDrawn: (count) => `and ${whole(count)} more, not drawn`,

  // Source kinds provide them in English.
  metrics: {},
  kinds,
  table: {
    title: 'Metrics and worst moments',
    label: 'Metrics',
    all: 'Every series with samples in this span.',
    constant: 'always the same',
    some: (shown, more) =>
      `${whole(shown)} series; ${whole(more)} more have samples in this span and are not in this report.`,
    heads: { metric: 'Metric', course: 'Course', worst: 'Worst moment' },
    figures: ['Last', 'Smallest', 'Mean', '95 % are up to', 'Largest'],
    fired: 'fired:',
  },

  busiest: {
    title: 'Busiest hours',
    about: 'The stronger the colour, the more.',
    hour: 'Hour',
    byTheHour: (title) => `${title} by the hour`,
    caption: (title, isPercent) => `${title}, mean of each hour${isPercent ? ' in percent' : ''}`,
  },

  alerts: {
    title: 'Alerts',
    byDay: 'Alerts by day',
    sevenDays: 'The seven days up to the end of this report',
    noneInSevenDays: 'none fired in the seven days up to the end of this report',
    noneFired: 'No alert fired',
    otherRules: 'other rules',
    incomplete:
      'There were more alerts than a report counts: the newest ones are counted, and there were others before.',
    label: 'Alerts by rule',
    heads: {
      rule: 'Rule',
      severity: 'Severity',
      fired: 'Fired',
      firing: 'Time firing',
      longest: 'Longest',
      atEnd: 'At the end',
    },
    severity: { warning: 'warning', critical: 'critical' },
    before: 'before',
    firesStill: 'fires still',
    over: 'over',
  },

  processes: {
    title: 'Processes',
    nothing:
      'No source of kind processes is in the settings, so nobody knows which programs used most. Add one under Sources.',
    label: 'Top programs',
    caption:
      'Programs, the one that used most processor time first. 100 % is one core, and means are of the time in which a program was among the top.',
    program: 'Program',
    heads: ['CPU, mean', 'CPU, largest', 'Memory, mean', 'Memory, largest'],
  },

  deliveries: {
    title: 'Deliveries',
    none: 'No delivery was given up in this span.',
    about: 'What could not be delivered and was given up.',
    label: 'Deliveries that failed',
    heads: { destination: 'Destination', givenUp: 'Given up', last: 'Last', error: 'What went wrong' },
  },

  sheets: { system: 'System metrics', processes: 'Process metrics' },
  moments: { fired: 'fired', over: 'over' },
};
