import type { ErrorCode } from '../contract/error.ts';

/** The exit codes of the process, those of BSD's sysexits where one fits. */
export const exitCode = {
  ok: 0,
  failed: 1,
  usage: 2,
  badData: 65,
  unavailable: 69,
  cannotCreate: 73,
  tryAgain: 75,
  noPermission: 77,
  badConfiguration: 78,
  interrupted: 130,
} as const;
/** The exit codes of `plimsoll probe`, the same as for every Nagios plugin. */
export const probeCode = { ok: 0, warning: 1, critical: 2, unknown: 3 } as const;
export type ProbeState = keyof typeof probeCode;
export type ExitCode = (typeof exitCode)[keyof typeof exitCode] | (typeof probeCode)[ProbeState];

const byErrorCode: Record<ErrorCode, ExitCode> = {
  address_in_use: exitCode.unavailable,
  already_running: exitCode.tryAgain,
  busy: exitCode.tryAgain,
  cannot_create: exitCode.cannotCreate,
  cardinality: exitCode.tryAgain,
  conflict: exitCode.tryAgain,
  damaged: exitCode.badData,
  deadline: exitCode.tryAgain,
  disk_full: exitCode.cannotCreate,
  forbidden: exitCode.noPermission,
  internal: exitCode.failed,
  invalid_request: exitCode.usage,
  invalid_settings: exitCode.badConfiguration,
  misdirected: exitCode.unavailable,
  network_down: exitCode.unavailable,
  newer_format: exitCode.badData,
  no_permission: exitCode.noPermission,
  not_approved: exitCode.noPermission,
  not_found: exitCode.failed,
  not_running: exitCode.unavailable,
  stage_down: exitCode.unavailable,
  too_large: exitCode.badData,
  too_many_requests: exitCode.tryAgain,
  unauthorized: exitCode.noPermission,
  unreachable: exitCode.unavailable,
  unreadable: exitCode.badData,
  unsupported: exitCode.failed,
  usage: exitCode.usage,
};

/** The exit code for an expected failure. */
export function exitCodeFor(code: ErrorCode): ExitCode {
  return byErrorCode[code];
}

/** The meaning of each code, for `--help` and the reference. */
export const exitCodeMeanings: readonly (readonly [ExitCode, string])[] = [
  [exitCode.ok, 'done; also a service that was asked to stop'],
  [exitCode.failed, 'failed'],
  [exitCode.usage, 'the command line was not understood'],
  [exitCode.badData, 'input that cannot be read'],
  [exitCode.unavailable, 'not running, or the address is taken'],
  [exitCode.cannotCreate, 'a file or directory cannot be written'],
  [exitCode.tryAgain, 'somebody else is at it; try again later'],
  [exitCode.noPermission, 'not permitted'],
  [exitCode.badConfiguration, 'the settings are not valid'],
  [exitCode.interrupted, 'interrupted with Ctrl-C'],
];
