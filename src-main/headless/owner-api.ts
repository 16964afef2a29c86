import type { IncomingMessage } from 'node:http';
import { nodeHttp } from '../base/http/node-http.ts';
import { socketPathOf } from '../hub/socket.ts';
import { messageOf, PlimsollError, systemCodeOf, type ErrorCode, type Problem } from '../contract/error.ts';

const usualDeadlineMs = 10_000;
const nobodyListens = new Set(['ENOENT', 'ECONNREFUSED', 'ENOTSOCK']);

/**
 * Makes a request to the owner of a data directory, over its socket. Returns the JSON of the answer, undefined if there
 * is none. Throws `not_running` if nobody answers, and otherwise the owner's error.
 */
export async function askOwner(
  directory: string,
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  body?: unknown,
  deadlineMs = usualDeadlineMs,
): Promise<unknown> {
  const { status, text } = await exchange(directory, method, path, body, deadlineMs);
  if (status < 400) return text === '' ? undefined : (JSON.parse(text) as unknown);
  throw refusalIn(text);
}

/** Reads a file that the owner returns as text. Throws like `askOwner`. */
export async function readOwnersFile(directory: string, path: string): Promise<string> {
  const { status, text } = await exchange(directory, 'GET', path, undefined, usualDeadlineMs);
  if (status < 400) return text;
  throw refusalIn(text);
}

/** Reads a long answer as text, in pieces, so that only one piece is in memory at a time. Throws like `askOwner`. */
export async function* readOwnersPieces(directory: string, path: string): AsyncGenerator<string> {
  const headers = { Host: 'localhost', Connection: 'close' };
  const asked = nodeHttp().request({ socketPath: socketPathOf(directory), method: 'GET', path, headers });
  // The owner must not stall for long.
  asked.setTimeout(usualDeadlineMs, () => asked.destroy(new Error('it does not go on')));
  try {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      asked.on('response', resolve);
      asked.on('error', reject);
      asked.end();
    });
    response.setEncoding('utf8');
    const pieces = response as AsyncIterable<string>;
    if ((response.statusCode ?? 0) < 400) {
      yield* pieces;
      return;
    }
    let text = '';
    for await (const piece of pieces) text += piece;
    throw refusalIn(text);
  } catch (thrown) {
    throw thrown instanceof PlimsollError ? thrown : askError(thrown, directory);
  } finally {
    asked.destroy();
  }
}

function refusalIn(text: string): PlimsollError {
  const { error } = JSON.parse(text) as { error: { code: ErrorCode; message: string; problems?: Problem[] } };
  return new PlimsollError(error.code, error.message, { problems: error.problems ?? [] });
}

function exchange(
  directory: string,
  method: string,
  path: string,
  body: unknown,
  deadlineMs: number,
): Promise<{ status: number; text: string }> {
  const socketPath = socketPathOf(directory);
  return new Promise((resolve, reject) => {
    const asked = nodeHttp().request(
      {
        socketPath,
        method,
        path,
        signal: AbortSignal.timeout(deadlineMs),
        headers: { Host: 'localhost', 'Content-Type': 'application/json', Connection: 'close' },
      },
      (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.on('error', reject);
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, text: Buffer.concat(parts).toString('utf8') }),
        );
      },
    );
    asked.on('error', (thrown) => reject(askError(thrown, directory, deadlineMs)));
    asked.end(body === undefined ? undefined : JSON.stringify(body));
  });
}

function askError(thrown: unknown, directory: string, deadlineMs = usualDeadlineMs): PlimsollError {
  const code = systemCodeOf(thrown) ?? '';
  if (nobodyListens.has(code)) {
    return new PlimsollError(
      'not_running',
      `No Plimsoll is running on ${directory}. Start one with: plimsoll run`,
    );
  }
  if (code === 'EACCES' || code === 'EPERM') {
    return new PlimsollError('no_permission', `The Plimsoll on ${directory} belongs to another user.`, {
      cause: thrown,
    });
  }
  if (thrown instanceof Error && thrown.name === 'AbortError') {
    return new PlimsollError(
      'deadline',
      `The Plimsoll on ${directory} did not answer within ${deadlineMs / 1000} s.`,
    );
  }
  return new PlimsollError(
    'unreachable',
    `The Plimsoll on ${directory} cannot be asked: ${messageOf(thrown)}.`,
    { cause: thrown },
  );
}
