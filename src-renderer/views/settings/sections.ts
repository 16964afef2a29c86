import type { Kinds } from '../../../src-main/contract/kind.ts';
import { m } from '../../paraglide/messages.js';
import type { SettingsView } from '../../client/plimsoll-client.ts';
import { finds } from '../../state/finding.ts';
import { schemaFields } from '../../state/schema-fields.ts';
import type { SchemaField } from '../../state/schema-fields.ts';
import { fieldHelp, fieldTitle } from '../../state/schema-words.ts';

export type SectionId =
  | 'file'
  | 'elsewhere'
  | 'monitoring'
  | 'quiet-hours'
  | 'receive'
  | 'import'
  | 'export'
  | 'appearance'
  | 'about';

/** Which sections hold what somebody looks for, and which fields of theirs do not. */
export interface Found {
  sections: ReadonlySet<SectionId>;
  hiddenFields: readonly string[];
}

/** Looks through titles, descriptions and keys. A section that is meant itself shows all its fields. */
export function findSettings(text: string, view: SettingsView, kinds: Kinds | null): Found {
  const monitoring = schemaFields(kinds?.monitoring ?? {});
  const whole: Record<SectionId, readonly string[]> = {
    file: [m.settings_file(), m.settings_file_help(), ...wordsOfFile(view)],
    elsewhere: [
      m.settings_sources(),
      m.settings_sources_help(),
      m.settings_destinations(),
      m.settings_destinations_help(),
    ],
    monitoring: [m.settings_monitoring(), m.settings_monitoring_help(), 'monitoring'],
    'quiet-hours': [m.quiet_hours(), m.quiet_hours_help(), m.quiet_hours_critical(), 'quietHours'],
    receive: [
      m.receive(),
      m.receive_help(),
      m.receive_address(),
      m.receive_port(),
      m.tokens(),
      m.tokens_help(),
      ...schemaFields(kinds?.hub ?? {}, [], 'hub').flatMap((field) => [field.key, fieldTitle(field)]),
      'hub listen TLS',
    ],
    import: [m.settings_import(), m.settings_import_help()],
    export: [m.settings_export(), m.settings_export_help()],
    appearance: [
      m.settings_appearance(),
      m.settings_appearance_help(),
      m.settings_theme(),
      m.theme_system(),
      m.theme_light(),
      m.theme_dark(),
      m.settings_language(),
    ],
    about: [m.settings_about(), m.about_text(), m.sign_out(), 'Plimsoll version'],
  };
  const sections = new Set<SectionId>();
  for (const [id, words] of Object.entries(whole) as [SectionId, readonly string[]][])
    if (finds(text, ...words)) sections.add(id);
  const hiddenFields = sections.has('monitoring')
    ? []
    : monitoring.filter((field) => !finds(text, ...wordsOfField(field))).map(({ key }) => key);
  if (hiddenFields.length < monitoring.length) sections.add('monitoring');
  return { sections, hiddenFields };
}

function wordsOfField(field: SchemaField): string[] {
  return [m.settings_monitoring(), field.key, fieldTitle(field), fieldHelp(field)];
}

function wordsOfFile({ location, translation, overrides, warnings }: SettingsView): string[] {
  const notes =
    translation === null ? [] : [...translation.warnings, ...translation.notSupported, ...translation.mapped];
  return [
    location ?? '',
    translation?.title ?? '',
    ...(translation === null ? [] : [m.convert()]),
    ...overrides.flatMap(({ path, origin }) => [path, origin]),
    ...[...notes, ...warnings].flatMap(({ path, message }) => [path, message]),
  ];
}
