import { redactor } from '../../base/redact.ts';
import { oneLine } from '../words.ts';

/** The longest line that is passed on, in characters. */
const mostLine = 500;

/** Makes a text safe to show: secrets struck out, one line, nothing that a terminal would interpret. */
export type Clean = (text: string) => string;

export interface Login {
  user: string;
  password: string;
}

/**
 * Strikes out a password in clear and as SMTP's login methods encode it (RFC 4616 for PLAIN; LOGIN sends it in base64):
 * a server may repeat whatever it received.
 */
export function cleanerOf(login: Login | undefined): Clean {
  const redact = redactor(login === undefined ? [] : [login.password, ...loginsOf(login)]);
  return (text) => oneLine(redact(text)).slice(0, mostLine);
}

/** Everything that is sent to log in, as whole texts, so that nothing is left around the password. */
function loginsOf({ user, password }: Login): string[] {
  return [password, `\0${user}\0${password}`, `${user}\0${user}\0${password}`].flatMap((text) => {
    const base64 = Buffer.from(text).toString('base64');
    return [base64, base64.replace(/=+$/, ''), Buffer.from(text).toString('base64url')];
  });
}

/**
 * The dialogue of client and server, line by line as `C: …` and `S: …`. Everything the client sends from AUTH until the
 * server answers with something other than a challenge is struck out completely.
 */
export class Transcript {
  readonly #write: (line: string) => void;
  readonly #clean: Clean;
  #isLoggingIn = false;

  constructor(write: (line: string) => void, clean: Clean) {
    this.#write = write;
    this.#clean = clean;
  }

  client(text: string): void {
    const [, command] = /^(AUTH [A-Z0-9-]+)\b/i.exec(text) ?? [];
    if (command !== undefined) {
      this.#isLoggingIn = true;
      this.#line(`C: ${command}${text.length > command.length ? ' [secret]' : ''}`);
    } else {
      this.#line(this.#isLoggingIn ? 'C: [secret]' : `C: ${text}`);
    }
  }

  server(text: string): void {
    if (!text.startsWith('334')) this.#isLoggingIn = false;
    for (const line of text.split(/\r?\n/)) this.#line(`S: ${line}`);
  }

  /** Records an event outside the dialogue, for example that the connection is open. */
  note(text: string): void {
    this.#line(`-- ${text}`);
  }

  #line(text: string): void {
    this.#write(this.#clean(text));
  }
}
