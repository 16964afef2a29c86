import type { Command } from './command.ts';
import {
  alertsAcknowledge,
  alertsExport,
  alertsList,
  alertsSnooze,
  alertsUnacknowledge,
  alertsUnsnooze,
} from './commands/alerts.ts';
import { backtest } from './commands/backtest.ts';
import { check } from './commands/check.ts';
import { configConvert, configPrint, configSchema } from './commands/config.ts';
import { deliveriesList, deliveriesRetry } from './commands/deliveries.ts';
import { downtimeAdd, downtimeEnd, downtimeList, downtimeRemove } from './commands/downtime.ts';
import { drill } from './commands/drill.ts';
import {
  historyBackup,
  historyCheck,
  historyExportCommand,
  historyInfo,
  historyRestore,
} from './commands/history.ts';
import { hostEnrol, hostList, hostRemove, hostTag } from './commands/host.ts';
import { historyMigrate } from './commands/history-migrate.ts';
import { importCommand } from './commands/import.ts';
import { link } from './commands/link.ts';
import { deliveriesPreview } from './commands/preview.ts';
import { pause, resume } from './commands/pause.ts';
import { probe } from './commands/probe.ts';
import { report } from './commands/report.ts';
import { sample } from './commands/sample.ts';
import { scriptsApprove, scriptsList, scriptsRevoke } from './commands/scripts.ts';
import { selftest } from './commands/selftest.ts';
import { status } from './commands/status.ts';
import { test } from './commands/test.ts';
import { tokenCreate, tokenList, tokenRevoke, tokenRotate } from './commands/token.ts';
import { services } from './services.ts';

/** Every command, in the order in which help shows them. */
export const commands: readonly Command[] = [
  ...services,
  check,
  importCommand,
  configPrint,
  configConvert,
  configSchema,
  sample,
  selftest,
  status,
  probe,
  alertsList,
  alertsExport,
  alertsAcknowledge,
  alertsUnacknowledge,
  alertsSnooze,
  alertsUnsnooze,
  pause,
  resume,
  drill,
  backtest,
  report,
  test,
  deliveriesList,
  deliveriesRetry,
  deliveriesPreview,
  scriptsList,
  scriptsApprove,
  scriptsRevoke,
  historyInfo,
  historyCheck,
  historyExportCommand,
  historyBackup,
  historyRestore,
  historyMigrate,
  downtimeList,
  downtimeAdd,
  downtimeEnd,
  downtimeRemove,
  link,
  hostList,
  hostEnrol,
  hostTag,
  hostRemove,
  tokenCreate,
  tokenList,
  tokenRotate,
  tokenRevoke,
];
