import type { Phrases } from './phrases.ts';

const locale = 'de';
const whole = new Intl.NumberFormat(locale);

/** What metrics are called in German: as the interface calls them, which a test holds to. */
const metrics: Phrases['metrics'] = {
  cpu_percent: 'CPU',
  memory_percent: 'Arbeitsspeicher',
  memory_total: 'Arbeitsspeicher, gesamt',
  memory_used: 'Arbeitsspeicher, belegt',
  memory_available: 'Arbeitsspeicher, verfügbar',
  memory_free: 'Arbeitsspeicher, frei',
  disk_percent: 'Datenträger',
  disk_total_gb: 'Datenträger, gesamt',
  disk_used_gb: 'Datenträger, belegt',
  disk_free_gb: 'Datenträger, frei',
  bytes_sent_per_sec: 'Gesendet',
  bytes_recv_per_sec: 'Empfangen',
  value: 'Wert',
  reachable: 'Erreichbar',
  latency_ms: 'Latenz',
  certificate_days_left: 'Zertifikat, Tage übrig',
  certificate_trusted: 'Zertifikat vertrauenswürdig',
  records: 'Einträge',
  response_code: 'Antwortcode',
  heartbeat_age_seconds: 'Lebenszeichen, Alter',
  violation: 'Verstoß',
  violations: 'Verstöße',
  file_exists: 'Datei vorhanden',
  file_size_bytes: 'Datei, Größe',
  file_age_seconds: 'Datei, Alter',
  response_time_ms: 'Antwortzeit',
  status_code: 'Statuscode',
  response_size_bytes: 'Antwortgröße',
  http_ok: 'Wie erwartet',
  cgroup_memory_percent: 'Speicher des Containers',
  cgroup_memory_limit: 'Speicher des Containers, Grenze',
  cgroup_memory_used: 'Speicher des Containers, belegt',
  cgroup_cpu_percent: 'CPU des Containers',
  cgroup_cpu_limit_cores: 'CPU des Containers, Grenze',
  cgroup_cpu_throttled_percent: 'CPU des Containers, gedrosselt',
  cpu_core_percent: 'CPU-Kern',
  load_1: 'Last, 1 min',
  load_5: 'Last, 5 min',
  load_15: 'Last, 15 min',
  swap_percent: 'Auslagerung',
  swap_total: 'Auslagerung, gesamt',
  swap_used: 'Auslagerung, belegt',
  swap_free: 'Auslagerung, frei',
  mount_percent: 'Einhängepunkt',
  mount_total_gb: 'Einhängepunkt, gesamt',
  mount_used_gb: 'Einhängepunkt, belegt',
  mount_free_gb: 'Einhängepunkt, frei',
  mount_inodes_percent: 'Einhängepunkt, Inodes',
  disk_read_bytes_per_sec: 'Datenträger, gelesen',
  disk_written_bytes_per_sec: 'Datenträger, geschrieben',
  disk_reads_per_sec: 'Datenträger, Lesezugriffe',
  disk_writes_per_sec: 'Datenträger, Schreibzugriffe',
  disk_busy_percent: 'Datenträger, beschäftigt',
  interface_bytes_sent_per_sec: 'Schnittstelle, gesendet',
  interface_bytes_recv_per_sec: 'Schnittstelle, empfangen',
  interface_packets_sent_per_sec: 'Schnittstelle, Pakete gesendet',
  interface_packets_recv_per_sec: 'Schnittstelle, Pakete empfangen',
  interface_errors_per_sec: 'Schnittstelle, Fehler',
  interface_drops_per_sec: 'Schnittstelle, verworfen',
  connections_total: 'Verbindungen',
  protocol_connections: 'Verbindungen nach Protokoll',
  tcp_connections: 'TCP-Verbindungen nach Zustand',
  uptime_seconds: 'Laufzeit',
  boot_time: 'Gestartet um',
  temperature_celsius: 'Temperatur',
  battery_percent: 'Akku',
  on_ac: 'Am Netz',
  process_count_total: 'Prozesse',
  process_running: 'Läuft',
  process_count: 'Prozesse eines Programms',
  process_cpu_percent: 'CPU des Programms',
  process_memory_bytes: 'Arbeitsspeicher des Programms',
  process_threads: 'Threads',
  process_open_files: 'Offene Dateien',
  process_started_at: 'Programm gestartet um',
  process_status: 'Status des Programms',
  process_zombies: 'Zombies',
  process_blocked: 'Blockierte Prozesse',
  process_stopped: 'Angehaltene Prozesse',
  top_process_cpu_percent: 'Meiste CPU',
  top_process_memory_bytes: 'Meister Arbeitsspeicher',
  top_process_threads: 'Threads der größten',
  top_process_open_files: 'Offene Dateien der größten',
  top_process_status: 'Status der größten',
  top_process_started_at: 'Start der größten',
  series_left_out: 'Ausgelassene Reihen',
};

/** German. */
export const german: Phrases = {
  locale,
  units: { day: 'T' },
  stretch: (from, to) => `${from} bis ${to}`,
  report: 'Bericht über',
  made: (when, version, zone) =>
    `Erstellt am ${when} von Plimsoll ${version}. Alle Zeiten sind die der Zone ${zone}. Ein Strich steht für das, was nicht bekannt ist; nichts, was fehlt, zählt als 0.`,

  fired: ({ count, critical, rules, name }) => {
    if (count === 1)
      return `Ein Alarm hat ausgelöst, ${critical === 1 ? 'ein kritischer' : 'kein kritischer'}: „${name}“.`;
    const severe = critical === 0 ? 'keiner' : critical === count ? 'alle' : whole.format(critical);
    return `${whole.format(count)} Alarme haben ausgelöst, ${severe} davon kritisch; ${rules === 1 ? 'alle von' : 'am häufigsten'} „${name}“.`;
  },
  wentOn: (count) =>
    `Kein neuer Alarm hat ausgelöst; ${count === 1 ? 'einer' : whole.format(count)} von vorher ${count === 1 ? 'hielt' : 'hielten'} an.`,
  allOver: 'Alles ist vorbei.',
  stillFire: (count) =>
    `Am Ende ${count === 1 ? 'ist einer noch nicht' : `sind ${whole.format(count)} noch nicht`} vorbei.`,
  givenUp: (count) =>
    `${count === 1 ? 'Eine Zustellung wurde' : `${whole.format(count)} Zustellungen wurden`} aufgegeben.`,
  unwatched: (span) => `Von diesen ${span} ist nichts bekannt: Plimsoll hat nicht beobachtet.`,
  allClear: (span) => `Alles ruhig: In diesen ${span} wurde keine Linie überschritten.`,
  clearAsKnown: (watched, unwatched) =>
    `Alles ruhig, soweit bekannt: In den ${watched}, die beobachtet wurden, wurde keine Linie überschritten; ${unwatched} wurden nicht beobachtet.`,

  tiles: {
    watched: 'Beobachtet',
    watchedOf: (watched, span) => `${watched} von ${span}`,
    alerts: 'Alarme',
    critical: (count) => (count === 0 ? 'keiner kritisch' : `${whole.format(count)} kritisch`),
    longest: 'Längster Alarm',
    nothingFired: 'nichts hat ausgelöst',
    busiest: 'Geschäftigste Stunde',
    noSamples: 'keine Messwerte',
    meanOf: (title, value) => `${title}, im Mittel ${value}`,
    givenUp: 'Aufgegebene Zustellungen',
    none: 'keine',
  },

  availability: {
    title: 'Verfügbarkeit',
    about:
      'Wie lange dieser Rechner beobachtet wurde, im Ruhezustand oder ohne Plimsoll war. „Im Ruhezustand“ ist auch ein Plimsoll, das angehalten wurde und weiterlief.',
    parts: {
      watched: 'Beobachtet',
      asleep: 'Im Ruhezustand',
      off: 'Plimsoll war aus',
      noData: 'Keine Daten',
    },
    never: 'nie',
    gaps: 'Lücken',
    longestGaps: 'Längste Lücken',
    longestOf: (count) => `Die längsten von ${whole.format(count)} Lücken`,
    heads: { from: 'Von', to: 'Bis', lasted: 'Dauer', why: 'Grund' },
  },
  gaps: { asleep: 'im Ruhezustand', off: 'Plimsoll aus', no_data: 'keine Daten' },

  system: { title: 'System', nothing: 'In den Einstellungen steht keine Quelle dieses Rechners.' },
  charts: {
    processor: 'Prozessor',
    memory: 'Arbeitsspeicher',
    disk: 'Datenträger',
    network: 'Netzwerk',
    program_cpu: 'CPU der Programme (100 % sind ein Kern)',
    program_memory: 'Arbeitsspeicher der Programme',
    program_threads: 'Threads der Programme',
    processes: 'Prozesse',
  },
  noSamples: 'Keine Messwerte in dieser Zeit',
  course: (name, least, most, mean) => `${name}: von ${least} bis ${most}, im Mittel ${mean}`,
  courseUnknown: (name) => `${name}: keine Messwerte`,
  moreNotDrawn: (count) => `und ${whole.format(count)} weitere, nicht gezeichnet`,

  metrics,
  table: {
    title: 'Messgrößen und schlimmste Augenblicke',
    label: 'Messgrößen',
    all: 'Alle Reihen mit Messwerten in dieser Zeit.',
    some: (shown, more) =>
      `${whole.format(shown)} Reihen; ${whole.format(more)} weitere haben Messwerte in dieser Zeit und stehen nicht in diesem Bericht.`,
    heads: { metric: 'Messgröße', course: 'Verlauf', worst: 'Schlimmster Augenblick' },
    figures: ['Zuletzt', 'Kleinster', 'Mittel', '95 % sind bis', 'Größter'],
    fired: 'ausgelöst:',
  },

  busiest: {
    title: 'Geschäftigste Stunden',
    about: 'Je kräftiger die Farbe, desto mehr.',
    hour: 'Stunde',
    byTheHour: (title) => `${title} nach Stunden`,
    caption: (title, isPercent) => `${title}, Mittel jeder Stunde${isPercent ? ' in Prozent' : ''}`,
  },

  alerts: {
    title: 'Alarme',
    byDay: 'Alarme nach Tagen',
    sevenDays: 'Die sieben Tage bis zum Ende dieses Berichts',
    noneInSevenDays: 'keiner in den sieben Tagen bis zum Ende dieses Berichts',
    noneFired: 'Kein Alarm hat ausgelöst',
    otherRules: 'andere Regeln',
    incomplete:
      'Es gab mehr Alarme, als ein Bericht zählt: Die neuesten sind gezählt, davor gab es noch andere.',
    label: 'Alarme nach Regeln',
    heads: {
      rule: 'Regel',
      severity: 'Schwere',
      fired: 'Ausgelöst',
      firing: 'Dauer insgesamt',
      longest: 'Längster',
      atEnd: 'Am Ende',
    },
    severity: { warning: 'Warnung', critical: 'kritisch' },
    before: 'vorher',
    firesStill: 'hält an',
    over: 'vorbei',
  },

  processes: {
    title: 'Prozesse',
    nothing:
      'In den Einstellungen steht keine Quelle der Art processes, also weiß niemand, welche Programme am meisten brauchten. Unter „Quellen“ lässt sich eine hinzufügen.',
    label: 'Größte Programme',
    caption:
      'Programme, zuerst das mit der meisten Prozessorzeit. 100 % sind ein Kern, und Mittel sind von der Zeit, in der ein Programm unter den größten war.',
    program: 'Programm',
    heads: ['CPU, Mittel', 'CPU, größte', 'Speicher, Mittel', 'Speicher, größter'],
  },

  deliveries: {
    title: 'Zustellungen',
    none: 'In dieser Zeit wurde keine Zustellung aufgegeben.',
    about: 'Was nicht zugestellt werden konnte und aufgegeben wurde.',
    label: 'Gescheiterte Zustellungen',
    heads: { destination: 'Ziel', givenUp: 'Aufgegeben', last: 'Zuletzt', error: 'Was nicht ging' },
  },

  sheets: { system: 'Werte des Systems', processes: 'Werte der Programme' },
  moments: { fired: 'ausgelöst', over: 'vorbei' },
};
