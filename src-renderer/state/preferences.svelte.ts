import { getLocale, isLocale, locales, setLocale } from '../paraglide/runtime.js';
import type { Locale } from '../paraglide/runtime.js';

export const themes = ['system', 'light', 'dark'] as const;
export type Theme = (typeof themes)[number];

const themeKey = 'plimsoll-theme';
const mailKey = 'plimsoll-mail-declined';

/** What a reader chose for this browser: colours and language. Both follow the system until somebody chooses. */
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

  /** Whether the reader does not want to be asked about mail. */
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
    // A browser without storage keeps the choice until the page is closed.
  }
}

function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null;
  }
}
