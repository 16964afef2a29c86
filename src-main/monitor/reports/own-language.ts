import { reportLanguageSchema } from '../../contract/report.ts';
import type { ReportLanguage } from '../../contract/report.ts';

/** In the order in which programs ask them for the language of what they say, see locale(7). */
const variables = ['LC_ALL', 'LC_MESSAGES', 'LANG'] as const;

/**
 * The language of reports where nobody names one: that of the environment, and where it says nothing that of the system.
 * English where there are no reports in it.
 */
export function ownLanguage(env: Readonly<Record<string, string | undefined>>): ReportLanguage {
  const named = variables.map((name) => env[name]).find((value) => value !== undefined && value !== '');
  const tag = named ?? Intl.DateTimeFormat().resolvedOptions().locale;
  const { data } = reportLanguageSchema.safeParse(tag.split(/[-_.@]/)[0]?.toLowerCase());
  return data ?? 'en';
}
