import { tagWordsOf } from '../../contract/host.ts';

type SentTags = Readonly<Record<string, string>>;

/** The tags of hosts as words: those given by owners, and those that hosts send. */
export class TagsOfHosts {
  readonly #given: ReadonlyMap<string, readonly string[]>;
  readonly #sentBy: (host: string) => SentTags | undefined;
  /** A cache, because tags are needed for every sample. */
  readonly #words = new Map<string, readonly string[]>();

  /** `sentBy` returns undefined for an unknown host. Whoever changes either kind of tags calls `changed`. */
  constructor(given: ReadonlyMap<string, readonly string[]>, sentBy: (host: string) => SentTags | undefined) {
    this.#given = given;
    this.#sentBy = sentBy;
  }

  of(host: string): readonly string[] {
    let words = this.#words.get(host);
    if (words === undefined) {
      const sent = this.#sentBy(host);
      words = tagWordsOf(this.#given.get(host) ?? [], sent ?? {});
      // Unknown hosts are not cached, because requests may contain any name.
      if (sent !== undefined || words.length > 0) this.#words.set(host, words);
    }
    return words;
  }

  changed(host: string): void {
    this.#words.delete(host);
  }
}
