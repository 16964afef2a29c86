/** Variables a child needs to find programs, time zone, language and certificates. */
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
 * Size of Node's thread pool for file access and name look-ups. A network file system that does not answer blocks one
 * thread until it does. With Node's default of four, a few of them would block the whole child.
 */
const threads = 12;

/** The environment for children. All other variables, and so all secrets, stay in the main process. */
export function childEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const passed = Object.entries(env).filter(
    ([name]) => passedOn.has(name.toUpperCase()) || name.startsWith('LC_'),
  );
  return { ...Object.fromEntries(passed), UV_THREADPOOL_SIZE: String(threads) };
}
