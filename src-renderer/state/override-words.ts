import type { Override } from '../../src-main/contract/import.ts';
import type { Kinds } from '../../src-main/contract/kind.ts';
import { m } from '../paraglide/messages.js';
import type { SettingsDocument } from '../client/plimsoll-client.ts';
import type { Format } from './format.ts';
import { schemaFields } from './schema-fields.ts';
import { fieldTitle, fieldUnit } from './schema-words.ts';
import { sourceTitle } from './words.ts';

/** An override by the environment as text: `Interval of CPU` and `60 s`. An unknown path is shown unchanged. */
export function overrideWords(
  { path, value }: Override,
  settings: SettingsDocument,
  kinds: Kinds | null,
  format: Format,
): { what: string; value: string } {
  const place = placeOf(path, settings, kinds);
  if (place === null) return { what: path, value: valueWords(value, null, format) };
  const field = schemaFields(place.schema).find((one) => one.key === place.key);
  const title = place.title ?? (field === undefined ? place.key : fieldTitle(field));
  return {
    what: place.name === null ? title : m.override_of({ field: title, name: place.name }),
    value: place.percent ? valueWords(value, '%', format) : valueWords(value, field?.unit ?? null, format),
  };
}

/** Fields of a rule, named as in its editor. */
const ruleTitles: Record<string, () => string> = {
  name: m.field_name,
  source: m.field_source,
  metric: m.field_metric,
  comparison: m.field_comparison,
  threshold: m.field_threshold,
  tolerance: m.field_tolerance,
  consecutiveViolations: m.field_consecutive,
  severity: m.field_severity,
  cooldownSeconds: m.field_cooldown,
};

interface Place {
  name: string | null;
  key: string;
  title?: string | undefined;
  schema: Record<string, unknown>;
  percent: boolean;
}

function placeOf(path: string, settings: SettingsDocument, kinds: Kinds | null): Place | null {
  const monitoring = /^monitoring\.(\w+)$/.exec(path)?.[1];
  if (monitoring !== undefined)
    return { name: null, key: monitoring, schema: kinds?.monitoring ?? {}, percent: false };
  const [, list, index, key] = /^(sources|rules|destinations)\[(\d+)\]\.(\w+)$/.exec(path) ?? [];
  if (list === undefined || key === undefined) return null;
  const at = Number(index);
  if (list === 'rules') {
    const rule = settings.rules[at];
    if (rule === undefined) return null;
    const kind = settings.sources.find((source) => source.name === rule.source)?.kind;
    const metrics = kinds?.sources.find((one) => one.kind === kind)?.metrics;
    const percent = key === 'threshold' && metrics?.[rule.metric]?.unit === 'percent';
    return { name: rule.name, key, title: ruleTitles[key]?.(), schema: kinds?.rule ?? {}, percent };
  }
  const entry = list === 'sources' ? settings.sources[at] : settings.destinations[at];
  if (entry === undefined) return null;
  const known = list === 'sources' ? kinds?.sources : kinds?.destinations;
  const schema = known?.find((one) => one.kind === entry.kind)?.schema ?? {};
  return { name: sourceTitle(entry.name, entry.kind), key, schema, percent: false };
}

function valueWords(value: Override['value'], unit: string | null, format: Format): string {
  if (typeof value !== 'number') return String(value);
  if (unit === 'seconds') return format.interval(value);
  const said = unit === '%' ? unit : fieldUnit(unit);
  return said === '' ? format.number(value, 6) : `${format.number(value, 6)}\u00a0${said}`;
}
