import { m } from '../paraglide/messages.js';
import type { Format } from './format.ts';

type Words = (...parts: string[]) => string;

/*
 * The engine's error messages are in English, for logs and other clients too. The most common ones are translated here;
 * all others are shown as the engine wrote them. `engine-words.test.ts` holds the engine's sentences.
 */
const known: readonly (readonly [RegExp, Words])[] = [
  [/^The name (.+) is not known\. Check how it is spelt.*$/, (host) => m.engine_name_unknown({ host })],
  [/^No name server answered for (.+)\. Check.*$/, (host) => m.engine_no_name_server({ host })],
  [/^(.+) refused the connection\. Check.*$/, (place) => m.engine_refused({ place })],
  [/^There is no route to (.+)\. Check.*$/, (place) => m.engine_no_route({ place })],
  [/^This machine has no route to (.+)\. Check.*$/, (place) => m.engine_no_route({ place })],
  [/^(.+) did not take the connection\. Check.*$/, (place) => m.engine_not_taken({ place })],
  [/^(.+) closed the connection before.*$/, (place) => m.engine_closed({ place })],
  [/^(.+) does not speak TLS as we do\..*$/, (place) => m.engine_no_tls({ place })],
  [/^(.+) has not answered completely within (.+) s\.$/, (place, span) => m.engine_late({ place, span })],
  [/^It has not answered within (.+) s\.$/, (span) => m.engine_late_it({ span })],
  [/^The certificate of (.+) has expired\..*$/, (place) => m.engine_cert_expired({ place })],
  [/^The certificate of (.+) is self-signed,.*$/, (place) => m.engine_cert_self({ place })],
  [/^The certificate of (.+) comes from an authority.*$/, (place) => m.engine_cert_authority({ place })],
  [/^The certificate of (.+) is for another name\..*$/, (place) => m.engine_cert_name({ place })],
  [
    /^The environment has no (.+)\. Set it, or .+_FILE to a file.*$/,
    (name) => m.engine_no_variable({ name }),
  ],
  [/^There is no desktop here\..*$/, () => m.engine_no_desktop()],
  [
    /^(.+) has not been approved, so it does not run\. .* with: (.+)$/,
    (path, command) => m.engine_not_approved({ path, command }),
  ],
  [/^This machine has no battery\.$/, () => m.engine_no_battery()],
  [/^This machine has no network, or has it back.*$/, () => m.engine_no_network()],
  [/^must be a full address, such as (.+)$/, (example) => m.engine_full_address({ example })],
  [/^must begin with http:\/\/ or https:\/\/.*$/, () => m.engine_http_only()],
  [/^must not contain spaces or control characters.*$/, () => m.engine_no_spaces()],
  [/^must be a name or an IP address alone, such as (.+)$/, (example) => m.engine_host_alone({ example })],
  [/^must be a whole number$/, () => m.engine_whole_number()],
  [/^is missing$/, () => m.engine_missing()],
  [/^must be above the threshold (.+), not (.+)$/, (limit, value) => m.engine_above({ limit, value })],
  [/^must be below the threshold (.+), not (.+)$/, (limit, value) => m.engine_below({ limit, value })],
  [
    /^must be at most the threshold (.+), not (.+?): it is where.*$/,
    (limit, value) => m.engine_at_most({ limit, value }),
  ],
  [
    /^must be at least the threshold (.+), not (.+?): it is where.*$/,
    (limit, value) => m.engine_at_least({ limit, value }),
  ],
  [
    /^Nothing has reached the destination (.+) since (\S+Z)(?: \(.*?\))?\.\s*(.*)$/s,
    (destination, since, why) => m.engine_not_delivered({ destination, since, why: engineWords(why) }).trim(),
  ],
  [/^(.+) is gone\. The last good settings stay in force.*$/, (file) => m.engine_settings_gone({ file })],
  [/^(\S+) answered (\d{3}\b.*?)\.?$/s, (place, answer) => m.engine_answered({ place, answer })],
  [/^The name (.+) exists, but has no address\. Check.*$/, (host) => m.engine_no_address({ host })],
  [/^There is no file (.+)\. Put it there, or correct the path\.$/s, (path) => m.engine_no_file({ path })],
  [/^(.+) may not be read\. Check its permissions.*$/s, (path) => m.engine_not_readable({ path })],
  [
    /^The file system of (.+) cannot be read: (.+)\. Check that the path exists and is mounted\.$/s,
    (path, why) => m.engine_no_file_system({ path, why: engineWords(why) }),
  ],
  [/^Nothing is mounted at (.+) any more\.$/s, (path) => m.engine_not_mounted({ path })],
  [/^It did not end within (.+) s and was ended\..*$/s, (span) => m.engine_not_ended({ span })],
  [/^The ping program did not return within (.+) s and was ended\.$/, (span) => m.engine_ping_late({ span })],
  [
    /^(?:This machine shows no temperature: no sensor.*|This system tells Plimsoll no temperature\.)$/,
    () => m.engine_no_temperature(),
  ],
  [/^"(.+)" is already the name of .+$/s, (name) => m.engine_name_taken({ name })],
  [/^must be more than 0$/, () => m.engine_more_than_zero()],
  [/^must be a time of day such as (.+)$/, (example) => m.engine_time_of_day({ example })],
  [/^(?:The time m|m)ust lie ahead, by 30 days at most\.?$/, () => m.engine_lie_ahead()],
  [/^The settings have changed since they were opened\..*$/s, () => m.engine_settings_changed()],
  [/^No alert \S+ is firing; it may be over\.$/, () => m.engine_alert_over()],
  [/^There is no alert \S+\.$/, () => m.engine_no_alert()],
  [/^History is not running at the moment\..*$/s, () => m.engine_history_away()],
  [/^History did not answer within (.+) seconds\.$/, (span) => m.engine_history_late({ span })],
  [/^The collectors are not running at the moment\..*$/s, () => m.engine_collectors_away()],
  [/^The collectors did not answer in time\.$/, () => m.engine_collectors_late()],
  [/^Replaying takes longer than (.+) seconds: .*$/s, (span) => m.engine_replay_long({ span })],
  [/^Too many back-tests at once\..*$/s, () => m.engine_replay_many()],
  [/^(.+) is only read\. Edit it by hand(.*)\.$/s, (file) => m.engine_only_read({ file })],
  [
    /^(.+) cannot be written, because the disk or its quota is full: make room\.$/s,
    (path) => m.engine_disk_full({ path }),
  ],
  [/^In (.+): wrote ([^;]+)\.$/s, (path, files) => m.receipt_files({ path, files })],
  [
    /^In (.+): wrote ([^;]+); removed (\d+) older\.$/s,
    (path, files, count) => m.receipt_files_removed({ path, files, count }),
  ],
  [/^Told this desktop of \d+ alerts?\.$/, () => m.receipt_desktop()],
  [
    /^The settings are not in force, the last good ones are\. (.+)$/s,
    (why) => m.engine_settings_bad({ why }),
  ],
  [
    /^The settings are not in force, those of a first start are\. (.+)$/s,
    (why) => m.engine_settings_bad_starter({ why }),
  ],
];

/** Translates an engine message if it is one of the known ones. */
export function engineWords(message: string): string {
  for (const [pattern, words] of known) {
    const found = pattern.exec(message);
    if (found !== null) return words(...found.slice(1));
  }
  return message;
}

/** The same with times in the reader's format: `since 14:58` instead of `since 2026-11-26T14:58:06.115Z`. */
export function engineWordsNow(message: string, format: Format, now: number): string {
  return engineWords(message).replaceAll(/\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z/g, (moment) =>
    format.moment(Date.parse(moment), now),
  );
}
