import { protocol } from 'electron';
import type { StaticFiles } from '../hub/static-files.ts';
import { answer, scheme } from './interface-pages.ts';

/** Gives pages of our scheme an origin of their own. Must run before the application is ready. */
export function declareProtocol(): void {
  protocol.registerSchemesAsPrivileged([
    { scheme, privileges: { standard: true, secure: true, supportFetchAPI: true } },
  ]);
}

/** Serves the built interface under `plimsoll://app/` and nothing else. Call it when the application is ready. */
export function serveInterface(files: StaticFiles): void {
  protocol.handle(scheme, (request) => answer(files, request));
}
