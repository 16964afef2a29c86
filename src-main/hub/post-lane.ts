import type { Socket } from 'node:net';
import { BODY_BYTES_AT_MOST as bodyBytesAtMost } from '../api/body-sizes.ts';
import type { Carrier } from '../api/carrier.ts';
import { errorAnswer } from '../api/error-answer.ts';
import type { ShortAnswer, ShortIngest } from '../api/short-ingest.ts';
import type { LoopTurn } from './loop-turn.ts';
import type { RequestHead } from './request-checks.ts';
import { answerText, shortHeadOf, shortPath, taken, tooBusy, unpack } from './short-post.ts';

interface LaneParts {
  short: ShortIngest;
  /** Whether a request is valid and its sender may send. */
  isGood(head: RequestHead, authorization: string): boolean;
  carrierOf(head: RequestHead): Carrier;
  turn: LoopTurn;
  limits: { headersMs: number; requestMs: number; headerBytes: number; idleMs: number };
  /** Passes a connection to Node's HTTP server, which first reads the data that was put back. */
  leave(socket: Socket): void;
  /** Answers a request that came too slowly, and closes the connection. */
  tooSlow(socket: Socket): void;
  /** Receives unexpected errors. */
  onUnexpected: ((thrown: unknown) => void) | undefined;
}

/** The part of a request before its body. */
interface Head {
  /** Its bytes before and after the digits of `Content-Length`, to recognise the next request of this connection. */
  before: Buffer;
  after: Buffer;
  authorization: string;
  isPacked: boolean;
  carrier: Carrier;
  /** When it was last checked completely: names and tokens change. */
  checkedAt: number;
}

/** The lengths of the parts of a request. */
interface Lengths {
  head: number;
  body: number;
}

const requestLine = Buffer.from(`POST ${shortPath} HTTP/1.1\r\n`);
const endOfHead = '\r\n\r\n';
/** A slow connection is closed within this time after its limit. */
const sweepsEveryMs = 1000;
/** How long a head is recognised without another check, in milliseconds. */
const knownMs = 1000;
/** How many bytes after a post wait in memory while it is answered; the rest waits at the other end. */
const aheadAtMost = 64 * 1024;
/** A header as programs write it: visible ASCII, without surrounding blanks. */
const plainHeader = /^([A-Za-z0-9-]+): ?([\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?)$/;
/** Headers that are read, and those that have no effect on a post. */
const knownHeaders: ReadonlySet<string> = new Set([
  ...['authorization', 'content-type', 'content-length', 'content-encoding'],
  ...['host', 'user-agent', 'accept', 'accept-encoding', 'accept-language'],
]);
const [zero, nine] = [0x30, 0x39];
const notUnderstood: ShortAnswer = {
  status: 400,
  retryAfter: undefined,
  body: JSON.stringify(errorAnswer('usage', 'the request cannot be understood')),
};

/**
 * Handles connections on which machines post samples without Node's HTTP server, which takes as long for a request as
 * everything else that is done with it. It understands only what is written here: a request line, a few headers and a
 * body of known length. If anything else arrives, everything is put back and the connection is Node's from then on. So
 * nothing is interpreted differently from Node, and nothing is refused here except slow requests, and leftovers at the
 * end of a connection, where nothing can be put back.
 *
 * Requests of one connection are handled one after the other, and the head of each is compared with the previous one.
 */
export class PostLane {
  readonly #parts: LaneParts;
  readonly #open = new Set<PostConnection>();
  /** Runs only while somebody is connected. */
  #sweep: NodeJS.Timeout | undefined;
  #isClosing = false;

  constructor(parts: LaneParts) {
    this.#parts = parts;
  }

  enter(socket: Socket): void {
    const connection = new PostConnection(socket, this.#parts, () => this.#isClosing);
    this.#open.add(connection);
    connection.onGone = () => this.#gone(connection);
    const { headersMs } = this.#parts.limits;
    this.#sweep ??= setInterval(() => this.#cutSlow(), Math.min(sweepsEveryMs, headersMs / 2)).unref();
  }

  #gone(connection: PostConnection): void {
    this.#open.delete(connection);
    if (this.#open.size === 0) this.#endSweep();
  }

  #endSweep(): void {
    clearInterval(this.#sweep);
    this.#sweep = undefined;
  }

  /** Closes idle connections, and the others after their answer. */
  close(): void {
    this.#isClosing = true;
    this.#endSweep();
    for (const connection of this.#open) if (connection.isIdle) connection.cut();
  }

  cutAll(): void {
    for (const connection of this.#open) connection.cut();
  }

  #cutSlow(): void {
    const now = performance.now();
    for (const connection of this.#open) connection.cutWhereSlow(now);
  }
}

class PostConnection {
  onGone: () => void = () => undefined;
  readonly #socket: Socket;
  readonly #parts: LaneParts;
  readonly #isClosing: () => boolean;
  /** Data that arrived and was not answered yet. */
  #waiting: Buffer[] = [];
  #waitingBytes = 0;
  /** With fewer bytes than this there is nothing to do. */
  #neededBytes = 0;
  #head: Head | undefined;
  #isAnswering = false;
  #hasEnded = false;
  /** When it was opened, or answered last. */
  #idleSince = performance.now();
  #wasAnswered = false;
  /** Since when an answer has been waiting to be read. */
  #unreadSince: number | undefined;
  /** When the current request began. */
  #begunAt: number | undefined;

  constructor(socket: Socket, parts: LaneParts, isClosing: () => boolean) {
    this.#socket = socket;
    this.#parts = parts;
    this.#isClosing = isClosing;
    socket
      .on('data', this.#onData)
      .on('end', this.#onEnd)
      .on('error', this.#onError)
      .on('close', this.#onClose);
  }

  get isIdle(): boolean {
    return !this.#isAnswering && this.#waitingBytes === 0;
  }

  cut(): void {
    this.#socket.destroy();
  }

  cutWhereSlow(now: number): void {
    const { headersMs, requestMs, idleMs } = this.#parts.limits;
    if (this.#unreadSince !== undefined && now - this.#unreadSince > idleMs) return this.cut();
    if (this.#isAnswering) return;
    if (this.#begunAt === undefined && this.#wasAnswered) {
      if (now - this.#idleSince > idleMs) this.cut();
      return;
    }
    const mostMs = this.#neededBytes > 0 ? requestMs : headersMs;
    if (now - (this.#begunAt ?? this.#idleSince) > mostMs) this.#parts.tooSlow(this.#socket);
  }

  readonly #onData = (part: Buffer): void => {
    this.#waiting.push(part);
    this.#waitingBytes += part.length;
    if (!this.#isAnswering) this.#read();
    else if (this.#waitingBytes - this.#neededBytes > aheadAtMost) this.#socket.pause();
  };

  readonly #onEnd = (): void => {
    this.#hasEnded = true;
    this.#endWhereDone();
  };

  // It is closed then, and nobody reads an answer.
  readonly #onError = (): void => undefined;

  readonly #onClose = (): void => this.onGone();

  /** Examines the waiting data, and handles a complete post. */
  #read(): void {
    this.#begunAt ??= performance.now();
    if (this.#waitingBytes < this.#neededBytes) return;
    const all = this.#waiting.length === 1 ? this.#waiting[0] : Buffer.concat(this.#waiting);
    if (all === undefined) return;
    this.#waiting = [all];
    const lengths = this.#knownHead(all) ?? this.#newHead(all);
    const head = this.#head;
    if (lengths === undefined || head === undefined) return;
    this.#neededBytes = lengths.head + lengths.body;
    if (this.#waitingBytes < this.#neededBytes) return;
    this.#isAnswering = true;
    const sent = all.subarray(lengths.head, this.#neededBytes);
    if (head.isPacked) unpack(sent, (body) => this.#take(head, body));
    else this.#take(head, sent);
  }

  #take({ authorization, carrier }: Head, body: Buffer | undefined): void {
    const { short, turn } = this.#parts;
    if (turn.isLong()) return this.#answer(tooBusy());
    const answering = body && taken(short, { authorization, carrier, body });
    if (answering === undefined) this.#leave();
    else
      answering.then(this.#answer).catch((thrown: unknown) => {
        this.#parts.onUnexpected?.(thrown);
        this.cut();
      });
  }

  readonly #answer = (answer: ShortAnswer): void => {
    const socket = this.#socket;
    // A client that has finished sending may have sent more than is being answered.
    const isLast = this.#isClosing() || (this.#hasEnded && this.#waitingBytes <= this.#neededBytes);
    if (socket.destroyed) return;
    const isFlushed = socket.write(answerText(answer, isLast ? null : this.#parts.limits.idleMs));
    if (isLast) socket.end();
    else if (isFlushed) this.#goOn();
    else {
      // A client that does not read answers is not read either.
      this.#unreadSince = performance.now();
      socket.once('drain', () => this.#goOn());
    }
  };

  #goOn(): void {
    const rest = this.#waiting[0]?.subarray(this.#neededBytes);
    if (rest === undefined || rest.length === 0) this.#waiting.shift();
    else this.#waiting[0] = rest;
    this.#waitingBytes -= this.#neededBytes;
    this.#neededBytes = 0;
    this.#isAnswering = false;
    this.#begunAt = undefined;
    this.#unreadSince = undefined;
    this.#wasAnswered = true;
    this.#idleSince = performance.now();
    if (this.#socket.isPaused()) this.#socket.resume();
    if (this.#waitingBytes > 0) this.#read();
    this.#endWhereDone();
  }

  /** At the end of the stream, the rest is either nothing or an incomplete request. */
  #endWhereDone(): void {
    if (this.#hasEnded && !this.#isAnswering && !this.#socket.writableEnded) this.#socket.end();
  }

  /** The lengths of a request with the same head as the previous one; otherwise undefined. */
  #knownHead(all: Buffer): Lengths | undefined {
    if (this.#head === undefined || performance.now() - this.#head.checkedAt > knownMs) return undefined;
    const { before, after } = this.#head;
    if (all.length < before.length || before.compare(all, 0, before.length) !== 0) return undefined;
    let at = before.length;
    let body = 0;
    // As many digits as a permitted body can have.
    for (let digit = all[at] ?? 0; digit >= zero && digit <= nine && body < 1e6; digit = all[++at] ?? 0)
      body = body * 10 + digit - zero;
    const head = at + after.length;
    const isSame = body > 0 && all.length >= head && after.compare(all, at, head) === 0;
    return isSame && body <= bodyBytesAtMost ? { head, body } : undefined;
  }

  /**
   * Like `#knownHead`, for a head that has to be parsed. Undefined if it is incomplete or unusual; an unusual one is
   * left to Node.
   */
  #newHead(all: Buffer): Lengths | undefined {
    this.#head = undefined;
    const { headerBytes } = this.#parts.limits;
    const begun = Math.min(all.length, requestLine.length);
    const end = all.indexOf(endOfHead);
    const isPost = requestLine.compare(all, 0, begun, 0, begun) === 0;
    if (isPost && end < 0 && all.length <= headerBytes) return undefined;
    const lengths = isPost && end >= 0 && end <= headerBytes ? this.#lookAt(all, end) : undefined;
    if (lengths === undefined) this.#leave();
    return lengths;
  }

  /** Remembers a head that ends at `end`, if it is a usual one. */
  #lookAt(all: Buffer, end: number): Lengths | undefined {
    const rawHeaders = headersIn(all.toString('latin1', requestLine.length, end));
    if (rawHeaders === undefined) return undefined;
    const request = { method: 'POST', url: shortPath, rawHeaders, socket: this.#socket };
    const read = shortHeadOf(request);
    if (read === undefined || !this.#parts.isGood(request, read.authorization)) return undefined;
    const { authorization, isPacked, bytes } = read;
    // There is exactly one, or the head would not have been accepted.
    const [length = ''] = /\r\ncontent-length: ?/i.exec(all.toString('latin1', 0, end)) ?? [];
    const digitsAt = all.indexOf(length) + length.length;
    const digitsEnd = all.indexOf('\r', digitsAt);
    const head = end + endOfHead.length;
    this.#head = {
      // A copy, because the waiting buffer is large and shared.
      before: Buffer.from(all.subarray(0, digitsAt)),
      after: Buffer.from(all.subarray(digitsEnd, head)),
      ...{ authorization, isPacked, carrier: this.#parts.carrierOf(request), checkedAt: performance.now() },
    };
    return { head, body: bytes };
  }

  #leave(): void {
    const socket = this.#socket;
    if (socket.destroyed) return;
    // Nothing can be put back into a connection that has ended.
    if (this.#hasEnded) return void socket.end(answerText(notUnderstood, null));
    this.onGone();
    socket.off('data', this.#onData).off('end', this.#onEnd);
    socket.off('error', this.#onError).off('close', this.#onClose);
    for (const part of this.#waiting.reverse()) socket.unshift(part);
    this.#parts.leave(socket);
    if (socket.isPaused()) socket.resume();
  }
}

/** Names and values, alternating; undefined if a header is unusual, or may mean something else. */
function headersIn(lines: string): string[] | undefined {
  const rawHeaders: string[] = [];
  for (const line of lines.split('\r\n')) {
    const [, name = '', value = ''] = plainHeader.exec(line) ?? [];
    const known = name.toLowerCase();
    const isKept = known === 'connection' && value.toLowerCase() === 'keep-alive';
    if (!isKept && !knownHeaders.has(known)) return undefined;
    if (known === 'content-length' && !/^\d{1,7}$/.test(value)) return undefined;
    rawHeaders.push(name, value);
  }
  return rawHeaders;
}
