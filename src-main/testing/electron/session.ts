import type * as Electron from 'electron';
import { EventEmitter } from 'node:events';
import type { Like } from './like.ts';
import { protocol } from './protocol.ts';

type RequestHandler = Parameters<Electron.Session['setPermissionRequestHandler']>[0];
type CheckHandler = Parameters<Electron.Session['setPermissionCheckHandler']>[0];

/** What a page can ask for, by Chromium's names as Playwright knows them, and Electron's name for it. */
const permissions: Record<string, string> = {
  geolocation: 'geolocation',
  notifications: 'notifications',
  midi: 'midi',
  camera: 'media',
  microphone: 'media',
  'clipboard-read': 'clipboard-read',
  'clipboard-write': 'clipboard-sanitized-write',
  'storage-access': 'storage-access',
};

class StandInSession extends EventEmitter {
  readonly protocol = protocol;
  readonly webRequest = { onBeforeRequest: ignore, onHeadersReceived: ignore, onBeforeSendHeaders: ignore };
  requestHandler: RequestHandler = null;
  checkHandler: CheckHandler = null;
  deviceHandler: unknown = null;

  setPermissionRequestHandler(handler: RequestHandler): void {
    this.requestHandler = handler;
  }

  setPermissionCheckHandler(handler: CheckHandler): void {
    this.checkHandler = handler;
  }

  setDevicePermissionHandler(handler: Parameters<Electron.Session['setDevicePermissionHandler']>[0]): void {
    this.deviceHandler = handler;
  }

  setUSBProtectedClassesHandler(): void {}
  setBluetoothPairingHandler(): void {}
  setDisplayMediaRequestHandler(): void {}
  setSpellCheckerEnabled(): void {}
  setSpellCheckerLanguages(): void {}
  setUserAgent(): void {}
  clearCache(): Promise<void> {
    return Promise.resolve();
  }
  flushStorageData(): void {}
  closeAllConnections(): Promise<void> {
    return Promise.resolve();
  }
}

function ignore(): void {}

const defaultSession = new StandInSession();
defaultSession satisfies Like<Electron.Session, 'protocol' | 'webRequest'>;

export const session = { defaultSession, fromPartition: () => defaultSession };

/** What a page at this address is given: without handlers everything, as under Electron. */
export function grantedPermissions(contents: unknown, url: string): string[] {
  const { checkHandler, requestHandler } = defaultSession;
  return Object.entries(permissions)
    .filter(([, name]) => {
      const asked = name as never;
      const details = { requestingUrl: url, isMainFrame: true, mediaTypes: [] };
      const checked = checkHandler?.(contents as never, asked, url, details) ?? true;
      let granted = requestHandler === null;
      requestHandler?.(contents as never, asked, (given) => (granted = given), details);
      return checked && granted;
    })
    .map(([chromium]) => chromium);
}
