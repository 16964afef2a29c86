import { describe, expect, it } from 'vitest';
import { securityHeaders } from '../hub/security-headers.ts';
import { answer, isPage } from './interface-pages.ts';
import { mayOpenOutside, webPreferences } from './page-rules.ts';

it.each(['main', 'popover'] as const)('the %s window is made without Node and in a sandbox', (kind) => {
  expect(webPreferences(kind, '/p.cjs', true)).toEqual({
    preload: '/p.cjs',
    additionalArguments: [`--plimsoll-window=${kind}`],
    sandbox: true,
    contextIsolation: true,
    nodeIntegration: false,
    nodeIntegrationInWorker: false,
    nodeIntegrationInSubFrames: false,
    webSecurity: true,
    allowRunningInsecureContent: false,
    experimentalFeatures: false,
    webviewTag: false,
    navigateOnDragDrop: false,
    safeDialogs: true,
    spellcheck: false,
    devTools: false,
  });
});

describe('the protocol', () => {
  const files = { answer: () => new Response('file', { headers: { 'Content-Type': 'text/html' } }) };

  it('answers for its own host, with the policy on everything', async () => {
    for (const [url, status] of [
      ['plimsoll://app/index.html', 200],
      ['plimsoll://evil/index.html', 404],
      ['http://app/index.html', 404],
    ] as const) {
      const response = answer(files, new Request(url));
      expect([url, response.status]).toEqual([url, status]);
      for (const [name, value] of Object.entries(securityHeaders))
        expect(response.headers.get(name)).toBe(value);
    }
    expect(await answer({ answer: () => undefined }, new Request('plimsoll://app/x')).text()).not.toContain(
      'file',
    );
  });
});

it.each([
  'https://extensions.gnome.org/',
  'https://extensions.gnome.org.evil/extension/615/appindicator-support/',
  'http://extensions.gnome.org/extension/615/appindicator-support/',
  'file:///etc/passwd',
  'javascript:alert(1)',
  'smb://host/share',
  'plimsoll://app/index.html',
  '',
])('%s is not opened outside, nor taken for a page of ours elsewhere', (address) => {
  expect(mayOpenOutside(address)).toBe(false);
  expect(isPage(`${address}?`)).toBe(false);
});
