import type { Predecessor } from './predecessor.ts';
import { isThisMachine } from './email.ts';
import { bare } from './reader.ts';
import type { Entry, Section } from './reader.ts';
import { asWholeNumber } from './readings.ts';
import { moveSecret, orVariable } from './secrets.ts';

const ownKeys = ['webapp', 'database'];

/** The server that receives clients' samples: `server_config.json`. The file says where to listen, but not what to monitor. */
export const monitoringServer: Predecessor = {
  title: 'Monitoring server (server_config.json)',
  starter: true,
  logsBeside: false,
  keys: ownKeys,
  recognises: (file) => ownKeys.some((key) => Object.hasOwn(file, key)),
  translate(file, document) {
    moveDatabase(file, document);
    const webapp = file.section('webapp');
    const port = webapp?.take('port');
    if (port !== undefined && port.value !== null) {
      const { value, path } = port;
      const isShown = typeof value === 'number' || typeof value === 'string';
      document.set('listen', isShown ? [`127.0.0.1:${value}`] : bare(value), path);
      file.ledger.mapped.push({ path, message: 'is the port of listen, on this machine alone' });
    }
    webapp?.refuse('Plimsoll listens on this machine alone unless its own settings say otherwise', 'host');
    webapp?.finish();
  },
};

/** The predecessor's tables stay unchanged: history gets its own schema in the same database. */
function moveDatabase(file: Section, document: Entry): void {
  const database = file.section('database');
  if (database === undefined || database.isEmpty) return;
  const entry = document.part('database', database.path);
  entry.move(database, 'host', 'host');
  entry.move(database, 'port', 'port', asWholeNumber);
  entry.move(database, ['database_name', 'dbname', 'database', 'name'], 'name');
  entry.move(database, ['username', 'user'], 'user');
  const { host } = entry.content;
  if (host !== undefined && !isThisMachine(host)) {
    // The predecessor used encryption if the server offered it, but verified no certificate.
    entry.set('tls', false, [...database.path, 'host']);
    const message = 'is reached without encryption; set `tls` in settings of our own to use and check it';
    file.ledger.warnings.push({ path: [...database.path, 'host'], message });
  }
  moveSecret(database, ['password'], entry, 'password', orVariable);
  database.finish();
}
