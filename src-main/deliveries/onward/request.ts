import { resolve } from 'node:path';
import type { z } from 'zod';
import { authorityFileSchema, readAuthorities } from '../../base/http/authority-file.ts';
import { withDefaults } from '../../base/http/headers.ts';
import { httpHeadersSchema, httpUrlSchema, resolvedHeaders } from '../../base/http/options.ts';
import { secretReferenceSchema } from '../../contract/secret.ts';
import type { SecretReference, TextOrSecret } from '../../contract/secret.ts';
import { post } from '../http-post.ts';
import type { PostAnswer } from '../http-post.ts';
import type { SampleSurroundings } from './sample-destination.ts';

/** The options of every receiver of samples that speaks HTTP. */
export const receiverShape = {
  url: httpUrlSchema,
  headers: httpHeadersSchema.optional().meta({
    title: 'Headers',
    description: 'Sent with each request. What is secret in them is referred to.',
    advanced: true,
  }),
  authorityFile: authorityFileSchema.optional().meta({ advanced: true }),
};

export const tokenSchema = secretReferenceSchema.optional();

interface Sent {
  url: string;
  headers?: Readonly<Record<string, TextOrSecret>> | undefined;
  authorityFile?: string | undefined;
  /** The word before the token in `Authorization`. */
  scheme?: 'Bearer' | 'Token';
  token?: SecretReference | undefined;
  username?: string | undefined;
  password?: SecretReference | undefined;
  defaults: Readonly<Record<string, string>>;
  body: string | Uint8Array;
}

/** Posts samples on a new connection, looking up the name again. Throws like `post`, and if a secret is missing. */
export async function sendTo(
  sent: Sent,
  surroundings: SampleSurroundings,
  signal: AbortSignal,
): Promise<PostAnswer> {
  const { secret, directory, trace } = surroundings;
  const { headers, secrets } = await resolvedHeaders(sent.headers, secret);
  const { scheme = 'Bearer', token, username, password, authorityFile } = sent;
  const defaults: Record<string, string> = { ...sent.defaults };
  if (token !== undefined) {
    const text = await secret(token);
    secrets.push(text);
    defaults['Authorization'] = `${scheme} ${text}`;
  } else if (username !== undefined) {
    const text = password === undefined ? '' : await secret(password);
    secrets.push(text);
    defaults['Authorization'] = `Basic ${Buffer.from(`${username}:${text}`).toString('base64')}`;
    secrets.push(defaults['Authorization']);
  }
  const authorities =
    authorityFile === undefined ? undefined : [await readAuthorities(resolve(directory, authorityFile))];
  return post({
    ...{ url: sent.url, isUrlSecret: false, method: 'POST', body: sent.body },
    ...{ headers: withDefaults(headers, defaults), secrets, authorities, signal, trace },
  });
}

/** Checks the user name and the token against each other. */
export function checkCredentials(
  given: { username?: string | undefined; password?: unknown; token?: unknown },
  complain: (path: string, message: string) => void,
): void {
  if (given.password !== undefined && given.username === undefined)
    complain('username', 'is missing; a password goes with a user name');
  if (given.username !== undefined && given.token !== undefined)
    complain('token', 'a user name and a token exclude each other; leave one of both out');
}

/** Reports problems of an object: for `superRefine`. */
export function complainTo(context: z.RefinementCtx): (path: string, message: string) => void {
  return (path, message) => context.addIssue({ code: 'custom', path: [path], message });
}
