import { getLocale, isLocale, locales, setLocale } from '../paraglide/runtime.js';
import type { Locale } from '../paraglide/runtime.js';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const themeKey = 'plimsoll-theme';
const mailKey = 'plimsoll-mail-declined';

/** The reader's choices in this browser: colours and language. Both follow the system by default. */
export class Preferences {
  #theme = $state<Theme>('system');
  #locale = $state<Locale>(getLocale());
  #mailDeclined = $state(readStored(mailKey) !== null);

  constructor() {
    const stored = readStored(themeKey);
    this.#theme = themes.find((theme) => theme === stored) ?? 'system';
    this.#apply();
  }

  get theme(): Theme {
    return this.#theme;
  }
  set theme(theme: Theme) {
    this.#theme = theme;
    store(themeKey, theme);
    this.#apply();
  }

  /** Whether the reader dismissed the suggestion to set up mail. */
  get mailDeclined(): boolean {
    return this.#mailDeclined;
  }
  set mailDeclined(declined: boolean) {
    this.#mailDeclined = declined;
    if (declined) store(mailKey, 'yes');
  }

  get locale(): Locale {
    return this.#locale;
  }
  set locale(locale: string) {
    if (!isLocale(locale) || locale === this.#locale) return;
    void setLocale(locale, { reload: false });
    this.#locale = locale;
    this.#apply();
  }

  get locales(): readonly Locale[] {
    return locales;
  }

  #apply(): void {
    const root = document.documentElement;
    root.lang = this.#locale;
    root.dir = directionOf(this.#locale);
    if (this.#theme === 'system') delete root.dataset.theme;
    else root.dataset.theme = this.#theme;
  }
}

function directionOf(locale: string): 'ltr' | 'rtl' {
  return ['ar', 'fa', 'he', 'ur'].includes(locale.split('-')[0] ?? '') ? 'rtl' : 'ltr';
}

function store(key: string, value: string): void {
  try {
    localStorage.setItem(key, value);
  } catch {
    // Without browser storage the choice lasts until the page is closed.
  }
}

function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
