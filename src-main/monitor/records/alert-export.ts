import type { ExportFormat } from '../../deliveries/formats.ts';
import { alertsFile } from '../../deliveries/alerts-file.ts';
import type { AlertDetail, AlertFilter } from './alerts-api.ts';

/** How many are read at once: the monitor does other things in between. */
const readAtOnce = 200;

/**
 * The alerts that match a filter, newest first, as the text of a file in pieces. Alerts that fire meanwhile are not
 * included.
 */
export function* alertExport(
  filter: Omit<AlertFilter, 'limit'>,
  format: ExportFormat,
  find: (filter: AlertFilter) => AlertDetail['alert'][],
  detail: (id: string) => AlertDetail,
): Generator<string> {
  const file = alertsFile(format);
  yield file.head;
  let { before, beforeId } = filter;
  let count = 0;
  for (;;) {
    const page = find({
      ...filter,
      ...(before !== undefined && { before }),
      ...(beforeId !== undefined && { beforeId }),
      limit: readAtOnce,
    });
    if (page.length > 0)
      yield file.rows(
        page.map(({ id }) => detail(id)),
        count,
      );
    count += page.length;
    const last = page.at(-1);
    if (last === undefined || page.length < readAtOnce) break;
    [before, beforeId] = [last.firedAt, last.id];
  }
  yield file.foot;
}
