import { missingForEmail, moveEmail } from './email.ts';
import { Entry, fillList, quoted, wordMeant } from './reader.ts';
import type { Found, Section } from './reader.ts';
import { asBoolean, inCapitals, inSmallLetters } from './readings.ts';
import type { Reading } from './readings.ts';
import { moveAddress, moveHeaders, moveSecret } from './secrets.ts';
import type { Path } from './translation.ts';

const asWritten: Reading = ({ value }) => value;

/** Keys that control how files are written, each with the option of the file destination and its conversion. */
const fileOptions = [
  ['export_directory', 'directory', asWritten],
  ['export_formats', 'formats', inSmallLetters],
  ['compress_exports', 'compress', asBoolean],
  ['max_export_files', 'maxFiles', asWritten],
] as const;

const types = ['file', 'webhook', 'email', 'slack'] as const;

/** Creates destinations from `export_settings`. Without a list in it there is one destination, for files. */
export function fillDestinations(file: Section, document: Entry): void {
  const { ledger } = document;
  const isThere = file.get('export_settings') !== undefined;
  const section = file.section('export_settings');
  if (isThere && section === undefined) {
    document.set('destinations', []);
    return;
  }
  const settings = section === undefined ? undefined : new ExportSettings(section);
  const found = section?.take('destinations');
  if (found === undefined) {
    const only = new Entry(ledger, ['destinations', 0], section?.path ?? [], 'destination');
    only.set('name', 'file');
    only.set('kind', 'file');
    settings?.fillFile(only);
    settings?.switchOff(only);
    document.set('destinations', [only.content], section?.path);
    ledger.mapped.push({ path: section?.path ?? [], message: 'exports are files, as nothing else is said' });
  } else {
    const counts = new Map<string, number>();
    fillList(found, { document, name: 'destinations', what: 'destination' }, (item, destination) =>
      fillDestination(item, destination, settings, counts),
    );
  }
  settings?.finish();
}

function fillDestination(
  item: Section,
  destination: Entry,
  settings: ExportSettings | undefined,
  counts: Map<string, number>,
): boolean {
  const found = destination.take(item, 'type', 'kind');
  const type = found === undefined ? undefined : wordMeant(found, types, item.ledger);
  if (type === undefined && typeof found?.value === 'string') {
    item.notSupported(item.path, `Plimsoll has no destinations of the type ${quoted(found.value)} yet`);
    return false;
  }
  const number = (counts.get(type ?? '') ?? 0) + 1;
  const wish = type ?? 'destination';
  destination.set('name', number === 1 ? wish : `${wish} ${number}`);
  if (found !== undefined) {
    destination.set('kind', type ?? found.value, found.path);
    destination.note(found.path, 'kind');
  }
  destination.move(item, 'enabled', 'enabled', asBoolean);
  settings?.switchOff(destination);
  const missing = fillOptions(type, item, destination, settings);
  item.finish();
  if (missing !== undefined && destination.content['enabled'] === false) {
    item.notSupported(item.path, `is switched off and has no ${missing}, so there is nothing to take over`);
    return false;
  }
  counts.set(type ?? '', number);
  return true;
}

/** Returns the name of a required setting that the destination lacks. */
function fillOptions(
  type: string | undefined,
  item: Section,
  destination: Entry,
  settings: ExportSettings | undefined,
): string | undefined {
  const { content } = destination;
  if (type === 'file') {
    settings?.fillFile(destination);
    destination.move(item, ['directory', 'path', 'export_directory'], 'directory');
  } else if (type === 'webhook') {
    moveHeaders(item, destination);
    destination.move(item, 'method', 'method', inCapitals);
    moveAddress(item, ['url', 'webhook_url'], destination, false);
    item.refuse('how long an attempt may take is not a setting', 'timeout');
    destination.set('onResolve', false);
    return content['url'] === undefined || content['url'] === null || content['url'] === ''
      ? 'address'
      : undefined;
  } else if (type === 'email') {
    moveEmail(item, destination);
    destination.set('onResolve', false);
    return missingForEmail(destination);
  } else if (type === 'slack') {
    moveSecret(item, ['webhook_url', 'slack_webhook_url', 'url'], destination, 'webhookUrl');
    return content['webhookUrl'] === undefined ? 'address' : undefined;
  }
  return undefined;
}

/** The settings in `export_settings` that apply to all destinations. */
class ExportSettings {
  readonly #section: Section;
  readonly #enabled: Found | undefined;
  readonly #fileOptions: { option: string; found: Found }[];
  #writesFiles = false;
  #isSwitchedOff = false;

  constructor(section: Section) {
    this.#section = section;
    const taken = (key: string, read: Reading): Found | undefined => {
      const found = section.take(key);
      return found && { ...found, value: read(found, section.ledger) };
    };
    this.#enabled = taken('enabled', asBoolean);
    this.#fileOptions = fileOptions.flatMap(([key, option, read]) => {
      const found = taken(key, read);
      return found === undefined ? [] : [{ option, found }];
    });
  }

  fillFile(destination: Entry): void {
    for (const { option, found } of this.#fileOptions) {
      destination.set(option, found.value, found.path);
      if (!this.#writesFiles) destination.note(found.path, option);
    }
    this.#writesFiles = true;
  }

  /** The file has one switch for all destinations. */
  switchOff(destination: Entry): void {
    if (this.#enabled === undefined || this.#enabled.value === true) return;
    destination.set('enabled', this.#enabled.value, this.#enabled.path);
    this.#isSwitchedOff = true;
  }

  finish(): void {
    const note = (path: Path, message: string) => this.#section.ledger.mapped.push({ path, message });
    if (this.#enabled !== undefined)
      note(
        this.#enabled.path,
        this.#isSwitchedOff ? 'is enabled of every destination' : 'each destination has a switch of its own',
      );
    if (!this.#writesFiles)
      for (const { found } of this.#fileOptions)
        this.#section.ledger.warnings.push({
          path: found.path,
          message: 'is not used: there is no destination of the type file',
        });
    this.#section.finish();
  }
}
