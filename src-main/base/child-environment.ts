/** What a child needs to find programs, time zone, language and certificates. */
const passedOn = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'TEMP',
  'TMP',
  'SSL_CERT_FILE',
  'SSL_CERT_DIR',
  'NODE_EXTRA_CA_CERTS',
  'SYSTEMROOT',
  'SYSTEMDRIVE',
  'WINDIR',
  'COMSPEC',
  'PATHEXT',
  'PROCESSOR_ARCHITECTURE',
  'NUMBER_OF_PROCESSORS',
  'USERPROFILE',
  'APPDATA',
  'LOCALAPPDATA',
  'PROGRAMDATA',
  'PROGRAMFILES',
  'PROGRAMFILES(X86)',
  'PSMODULEPATH',
]);

/**
 * Threads that Node has for files and for looking up names. A file system in the network that does not answer holds one
 * until it does; with Node's own four, a few of them would stop everything else that a child does.
 */
const threads = 12;

/** The part of the environment that children are given. Everything else, and with it every secret, stays with main. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(
    ([name]) => passedOn.has(name.toUpperCase()) || name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(passed), UV_THREADPOOL_SIZE: String(threads) };
}
