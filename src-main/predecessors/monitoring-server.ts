import type { Predecessor } from './predecessor.ts';
import { isThisMachine } from './email.ts';
import { bare } from './reader.ts';
import type { Entry, Section } from './reader.ts';
import { asWholeNumber } from './readings.ts';
import { moveSecret, orVariable } from './secrets.ts';

const ownKeys = ['webapp', 'database'];

/** Receives what clients measure: `server_config.json`. It says where to listen, and nothing of what to watch. */
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

/** Its tables stay as they are: history gets a schema of its own in the same database. */
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
    // What the predecessor used encrypted where the server offered it, and checked nobody.
    entry.set('tls', false, [...database.path, 'host']);
    const message = 'is reached without encryption; set `tls` in settings of our own to use and check it';
    file.ledger.warnings.push({ path: [...database.path, 'host'], message });
  }
  moveSecret(database, ['password'], entry, 'password', orVariable);
  database.finish();
}
