import type {
  KeptReport,
  ReportFile,
  ReportLanguage,
  ReportStanding,
} from '../../src-main/contract/report.ts';
import type { PlimsollClient } from '../client/plimsoll-client.ts';

/** The kept reports and the one in progress. Reloaded after each report. */
export class Reports {
  readonly #client: PlimsollClient;
  #standing = $state.raw<ReportStanding | null>(null);
  #problem = $state.raw<unknown>(null);
  #isMaking = $state(false);

  constructor(client: PlimsollClient) {
    this.#client = client;
  }

  /** Null before the first answer. */
  get standing(): ReportStanding | null {
    return this.#standing;
  }
  /** Why they could not be loaded; null if they were. */
  get problem(): unknown {
    return this.#problem;
  }
  get isMaking(): boolean {
    return this.#isMaking;
  }

  /** Address of a file in the browser; null if no port is open. */
  addressOf(report: KeptReport, name: ReportFile): string | null {
    const { address } = this.#client;
    return address === null ? null : new URL(`/api/v1/reports/${report.id}/${name}`, address).href;
  }

  async load(): Promise<void> {
    try {
      this.#standing = await this.#client.reports();
      this.#problem = null;
    } catch (thrown) {
      this.#problem = thrown;
    }
  }

  /**
   * Makes a report of the hours before `now` (epoch milliseconds), in `language` unless the settings name one. Throws
   * `ApiError`.
   */
  async make(hours: number, now: number, language: ReportLanguage): Promise<KeptReport> {
    this.#isMaking = true;
    try {
      const named = this.#standing?.language ?? language;
      return await this.#client.makeReport(now - hours * 3_600_000, now, named);
    } finally {
      this.#isMaking = false;
      await this.load();
    }
  }

  /** A file as a data URL. Throws `ApiError`. */
  async dataUrl(report: KeptReport, name: ReportFile): Promise<string> {
    const type = name.endsWith('.png') ? 'image/png' : 'text/html';
    return `data:${type};base64,${await this.#client.reportFile(report.id, name)}`;
  }

  /** The content of a file. Throws `ApiError`. */
  async bytes(report: KeptReport, name: ReportFile): Promise<Uint8Array<ArrayBuffer>> {
    const text = atob(await this.#client.reportFile(report.id, name));
    return Uint8Array.from(text, (letter) => letter.charCodeAt(0));
  }
}
