import { z } from 'zod';
import { answerOf, errorAnswer, statusOf } from '../api/error-answer.ts';
import type { ApiEnv } from '../api/carrier.ts';
import type { BridgeResponse, ShellAction } from '../contract/desktop-bridge.ts';
import { PlimsollError } from '../contract/error.ts';
import { isInterface } from './interface-pages.ts';
import type { WindowKind } from './page-rules.ts';

/** As for the largest body over HTTP, an imported file. Each route also has its own limit. */
const bytesAtMost = 2.25 * 1024 * 1024;

const requestSchema = z.strictObject({
  method: z.enum(['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']),
  path: z.string().max(16_384).startsWith('/api/v1/'),
  headers: z
    .record(
      z.string().regex(/^[A-Za-z0-9-]{1,64}$/),
      z
        .string()
        .max(4096)
        .regex(/^[\t\x20-\x7e]*$/),
    )
    .refine((headers) => Object.keys(headers).length <= 32, 'too many headers'),
  body: z.string().max(bytesAtMost).nullable(),
});

const actionSchema = z.discriminatedUnion('action', [
  z.strictObject({
    action: z.literal('open-window'),
    route: z
      .string()
      .max(2000)
      .regex(/^#\/[\x21-\x7e]*$/),
  }),
  z.strictObject({ action: z.literal('hide-popover') }),
  z.strictObject({ action: z.literal('facts') }),
]) satisfies z.ZodType<ShellAction>;

/** What is known about the sender of a message. */
export interface Sender {
  /** Which of our windows sent it; undefined for any other page. */
  window: WindowKind | undefined;
  /** The frame that sent it; null if it was closed or navigated away. */
  frame: { url: string; isTop: boolean } | null;
}

type Fetch = (request: Request, env: ApiEnv['Bindings']) => Response | Promise<Response>;

/**
 * Answers a window's API request like HTTP would. Invalid senders, arguments and API errors give a response with a
 * coded error; it never rejects.
 */
export async function answerCall(sender: Sender, call: unknown, fetch: Fetch): Promise<BridgeResponse> {
  try {
    checkSender(sender);
    const request = requestOf(checked(requestSchema, call));
    const response = await fetch(request, { carrier: { kind: 'window' } });
    if (response.headers.get('content-type')?.startsWith('text/event-stream') === true) {
      await response.body?.cancel();
      throw new PlimsollError('usage', 'Live events come by `listen`, not as an endless answer.');
    }
    return {
      status: response.status,
      headers: Object.fromEntries(response.headers),
      body: await response.text(),
    };
  } catch (thrown) {
    const [status, answer] =
      thrown instanceof PlimsollError
        ? [statusOf[thrown.code], answerOf(thrown)]
        : [500, errorAnswer('internal', 'something went wrong inside; the log says what')];
    return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answer) };
  }
}

/** Validates a window's request to the application. Throws `forbidden` or `invalid_request`. */
export function readAction(sender: Sender, action: unknown): ShellAction {
  checkSender(sender);
  return checked(actionSchema, action);
}

function checkSender({ window, frame }: Sender): void {
  if (window !== undefined && frame !== null && frame.isTop && isInterface(frame.url)) return;
  throw new PlimsollError('forbidden', 'Only a window of Plimsoll may ask this.');
}

function checked<T>(schema: z.ZodType<T>, value: unknown): T {
  let result;
  try {
    result = schema.safeParse(value);
  } catch {
    // Nested too deeply to validate.
  }
  if (result?.success === true) return result.data;
  const problems = (result?.error.issues ?? []).slice(0, 20).map(({ path, message }) => ({
    path: path.map(String).join('.').slice(0, 200),
    message,
  }));
  throw new PlimsollError('invalid_request', 'The message does not have the right shape.', { problems });
}

function requestOf({ method, path, headers, body }: z.infer<typeof requestSchema>): Request {
  if (body !== null && Buffer.byteLength(body) > bytesAtMost) {
    throw new PlimsollError('too_large', 'A body has at most 1 MiB.');
  }
  // The host is irrelevant: nothing is resolved and nothing leaves the process.
  const url = URL.parse(path, 'http://localhost');
  if (url?.host !== 'localhost' || !url.pathname.startsWith('/api/v1/')) {
    throw new PlimsollError('not_found', 'There is nothing at this path.');
  }
  if (body !== null && (method === 'GET' || method === 'HEAD')) {
    throw new PlimsollError('invalid_request', `${method} has no body.`);
  }
  return new Request(url, { method, headers, ...(body === null ? {} : { body }) });
}
