import { PlimsollError } from '../contract/error.ts';
import type { DestinationSettings } from '../contract/settings.ts';
import type { Destination, DestinationKind, DestinationSurroundings } from './destination-kind.ts';
import { inWords } from './templates.ts';

/** The kind's own options from a destination's settings, without those that all destinations have. */
export function optionsOf({
  name: _name,
  kind: _kind,
  enabled: _enabled,
  route: _route,
  wording: _wording,
  ...options
}: DestinationSettings): Record<string, unknown> {
  return options;
}

/** Opens a configured destination. Throws `unsupported` for an unknown kind, and the errors of its kind. */
export function openDestination(
  settings: DestinationSettings,
  kind: DestinationKind | undefined,
  surroundings: DestinationSurroundings,
): Destination {
  if (kind === undefined)
    throw new PlimsollError('unsupported', `There is no kind of destination ${settings.kind}.`);
  const destination = kind.open(kind.options.parse(optionsOf(settings)), surroundings);
  const { wording } = settings;
  if (wording === undefined) return destination;
  const worded: Destination = {
    deliver: (message, signal) => destination.deliver(inWords(message, wording), signal),
    close: () => destination.close?.(),
  };
  // Messages about many alerts, and reports, have words of their own.
  const { together } = destination;
  const deliverReport = destination.deliverReport?.bind(destination);
  return { ...worded, ...(together && { together }), ...(deliverReport && { deliverReport }) };
}
