import { m } from '../../paraglide/messages.js';

/** What people call what a kind of source watches, in the words of those who look for it. */
const words: Readonly<Record<string, typeof m.words_cpu>> = {
  cpu: m.words_cpu,
  memory: m.words_memory,
  disk: m.words_disk,
  network: m.words_network,
  http: m.words_http,
  ping: m.words_ping,
  tcp: m.words_tcp,
  dns: m.words_dns,
  certificate: m.words_certificate,
  prometheus: m.words_prometheus,
  script: m.words_script,
  file: m.words_file,
  heartbeat: m.words_heartbeat,
  push: m.words_push,
  battery: m.words_battery,
  connections: m.words_connections,
  'disk-io': m.words_disk_io,
  mounts: m.words_mounts,
  processes: m.words_processes,
  temperatures: m.words_temperatures,
  uptime: m.words_uptime,
};

/** The words by which a kind is found besides its title, in every language: who reads German looks for `swap` as well. */
export function kindWords(kind: string): string {
  const say = words[kind];
  return say === undefined ? '' : `${say({}, { locale: 'en' })} ${say({}, { locale: 'de' })}`;
}
