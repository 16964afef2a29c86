import { reportLanguageSchema } from '../../contract/report.ts';
import type { ReportLanguage } from '../../contract/report.ts';

/** In the order in which programs use them for the language of messages, see locale(7). */
const variables = ['LC_ALL', 'LC_MESSAGES', 'LANG'] as const;

/**
 * The default language of reports: that of the environment, otherwise that of the system. English if there are no
 * reports in that language.
 */
export function ownLanguage(env: Readonly<Record<string, string | undefined>>): ReportLanguage {
  const named = variables.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  const tag = named ?? Intl.DateTimeFormat().resolvedOptions().locale;
  const { data } = reportLanguageSchema.safeParse(tag.split(/[-_.@]/)[0]?.toLowerCase());
  return data ?? 'en';
}
