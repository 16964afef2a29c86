import type { Predecessor } from './predecessor.ts';
import { bare } from './reader.ts';

const ownKeys = ['webapp', 'database'];

/** Receives what clients measure: `server_config.json`. It says where to listen, and nothing of what to watch. */
export const monitoringServer: Predecessor = {
  title: 'Monitoring server (server_config.json)',
  starter: true,
  keys: ownKeys,
  recognises: (file) => ownKeys.some((key) => Object.hasOwn(file, key)),
  translate(file, document) {
    file.refuse('PostgreSQL is not supported yet; samples stay in the built-in store', 'database');
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
