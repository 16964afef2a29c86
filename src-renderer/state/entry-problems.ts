import type { Problem } from '../../src-main/contract/error.ts';
import { engineWords } from './engine-words.ts';

/** Problems of a field, and of items inside it by header name or index. */
export interface FieldProblems {
  own: string | null;
  inside: Readonly<Record<string, string>>;
}
export const noProblems: FieldProblems = { own: null, inside: {} };

/**
 * The engine's problems of one entry, by field. `prefix` is the entry's path, such as `destinations[2]`; other paths
 * are left out. Of several problems at one place, the first is kept.
 */
export function problemsUnder(prefix: string, problems: readonly Problem[]): Record<string, FieldProblems> {
  const found: Record<string, { own: string | null; inside: Record<string, string> }> = {};
  for (const { path, message } of problems) {
    const rest = withoutPrefix(path, prefix);
    if (rest === null) continue;
    // A header's name may contain dots: everything after the field is one name.
    const [, field = '', inside = ''] = /^([^.[]+)[.[]?(.*)$/s.exec(rest) ?? [];
    if (field === '') continue;
    const at = (found[field] ??= { own: null, inside: {} });
    if (inside === '') at.own ??= engineWords(message);
    else at.inside[inside.replace(/\](\..*)?$/s, '')] ??= engineWords(message);
  }
  return found;
}

/** The `problems` that no field of the entry can show, as text with their path. */
export function problemsElsewhere(
  prefix: string,
  fields: readonly string[],
  problems: readonly Problem[],
): string[] {
  return problems
    .filter(({ path }) => {
      const field = withoutPrefix(path, prefix)?.split(/[.[]/)[0];
      return field === undefined || !fields.includes(field);
    })
    .map(({ path, message }) =>
      path === '' || path === prefix ? engineWords(message) : `${path}: ${engineWords(message)}`,
    );
}

function withoutPrefix(path: string, prefix: string): string | null {
  if (prefix === '') return path;
  return path.startsWith(`${prefix}.`) ? path.slice(prefix.length + 1) : null;
}
