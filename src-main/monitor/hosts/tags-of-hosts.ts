import { tagWordsOf } from '../../contract/host.ts';

type SentTags = Readonly<Record<string, string>>;

/** The tags of hosts as words: those that owners have given, and what hosts say of themselves. */
export class TagsOfHosts {
  readonly #given: ReadonlyMap<string, readonly string[]>;
  readonly #sentBy: (host: string) => SentTags | undefined;
  /** Asked for with every sample. */
  readonly #words = new Map<string, readonly string[]>();

  /** `sentBy` is undefined for a host that nobody knows. Whoever changes what is behind either says so by `changed`. */
  constructor(given: ReadonlyMap<string, readonly string[]>, sentBy: (host: string) => SentTags | undefined) {
    this.#given = given;
    this.#sentBy = sentBy;
  }

  of(host: string): readonly string[] {
    let words = this.#words.get(host);
    if (words === undefined) {
      const sent = this.#sentBy(host);
      words = tagWordsOf(this.#given.get(host) ?? [], sent ?? {});
      // Of hosts that nobody knows nothing is kept: anybody may ask for any name.
      if (sent !== undefined || words.length > 0) this.#words.set(host, words);
    }
    return words;
  }

  changed(host: string): void {
    this.#words.delete(host);
  }
}
