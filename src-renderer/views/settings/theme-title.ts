import { m } from '../../paraglide/messages.js';
import type { Theme } from '../../state/preferences.svelte.ts';

export function themeTitle(theme: Theme): string {
  return { system: m.theme_system, light: m.theme_light, dark: m.theme_dark }[theme]();
}
