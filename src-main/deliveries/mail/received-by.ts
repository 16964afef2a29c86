import { PlimsollError } from '../../contract/error.ts';
import type { Posted, Refusal } from './smtp.ts';

/** How many messages are remembered. The outbox sends one at a time, so older ones are not needed. */
const mostMessages = 100;

/**
 * Remembers which recipients already have which message. A delivery is repeated as a whole; nobody should get a mail
 * twice because another server said "later". In memory only: after a restart the same Message-ID has to suffice.
 */
export class ReceivedBy {
  readonly #ledgers = new Map<string, Ledger>();

  /** The ledger of a message for these addresses. */
  of(messageId: string, to: readonly string[]): Ledger {
    const ledger = this.#ledgers.get(messageId) ?? new Ledger(to);
    // Inserted again, so that the first entry is the one not used for longest.
    this.#ledgers.delete(messageId);
    this.#ledgers.set(messageId, ledger);
    for (const oldest of this.#ledgers.keys()) {
      if (this.#ledgers.size <= mostMessages) break;
      this.#ledgers.delete(oldest);
    }
    return ledger;
  }
}

/** One message: who has it, who was refused and why, and who may still get it. */
class Ledger {
  readonly #to: readonly string[];
  /** The server's answers by address. */
  readonly #accepted = new Map<string, string>();
  readonly #refused = new Map<string, Refusal>();

  constructor(to: readonly string[]) {
    this.#to = to;
  }

  /** Recipients who neither have it nor were refused for good. */
  get open(): string[] {
    return this.#to.filter(
      (address) => !this.#accepted.has(address) && this.#refused.get(address)?.isPermanent !== true,
    );
  }

  /** Whether any recipient has it. */
  get hasArrived(): boolean {
    return this.#accepted.size > 0;
  }

  /** Recipients who do not have it yet will not get it. */
  giveUp(why: string): void {
    for (const address of this.open) this.#refused.set(address, { address, reply: why, isPermanent: true });
  }

  note({ accepted, refused, reply }: Posted): void {
    for (const address of accepted) {
      this.#accepted.set(address, reply);
      this.#refused.delete(address);
    }
    for (const refusal of refused) this.#refused.set(refusal.address, refusal);
  }

  /** Says who got it. Throws while somebody may still get it, and if nobody did. */
  receipt(server: string): string {
    const refused = [...this.#refused.values()].map(({ address, reply }) => `${address} (${reply})`);
    const replies = [...new Set(this.#accepted.values())].join('; ');
    const taken = `${server} accepted it for ${[...this.#accepted.keys()].join(', ')}: ${replies}`;
    const parts = [
      ...(this.hasArrived ? [taken] : []),
      ...(refused.length > 0 ? [`${server} refused ${refused.join(', ')}`] : []),
    ];
    const text = `${parts.join('. ')}.`;
    if (this.open.length > 0) {
      throw new PlimsollError('too_many_requests', `${text} Tried again for ${this.open.join(', ')}.`, {
        retry: true,
      });
    }
    if (!this.hasArrived)
      throw new PlimsollError(
        'forbidden',
        `${text} Check the addresses, and whether this sender may write to them.`,
      );
    return refused.length > 0 ? `Warning: not everybody got it. ${text}` : text;
  }
}
