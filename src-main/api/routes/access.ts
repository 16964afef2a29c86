import { createRoute, OpenAPIHono, z } from '@hono/zod-openapi';
import { deleteCookie, setCookie } from 'hono/cookie';
import { PlimsollError } from '../../contract/error.ts';
import { hostNameSchema, instantSchema } from '../../contract/ingest.ts';
import { nameSchema } from '../../contract/fields.ts';
import { scopeSchema, tokenViewSchema } from '../../contract/token.ts';
import { SESSION_LIFETIME_MS } from '../access.ts';
import type { Access, Caller } from '../access.ts';
import { failures, json, jsonBody } from '../answers.ts';
import type { ApiEnv } from '../carrier.ts';
import { cookieName } from '../guard.ts';
import type { Guard } from '../guard.ts';
import { needs } from '../needs.ts';

/** Default and longest time for which the old token stays valid after a rotation, in seconds. */
export const usualOverlapSeconds = 86_400;
export const longestOverlapSeconds = 30 * 86_400;

const callerSchema = z
  .object({
    by: z.enum(['socket', 'window', 'session', 'token', 'anonymous']),
    scope: scopeSchema,
    /** The token's name; null for other callers. */
    name: z.string().nullable(),
  })
  .meta({ id: 'Caller' });

const postSession = createRoute({
  method: 'post',
  path: '/session',
  summary: 'Swap a one-time code for a session, kept in a cookie',
  ...needs.public,
  request: { body: jsonBody(z.object({ code: z.string().max(200) })) },
  responses: { 201: json(callerSchema, 'Signed in'), ...failures },
});

const getSession = createRoute({
  method: 'get',
  path: '/session',
  summary: 'Who I am and what I may do',
  ...needs.anyone,
  responses: { 200: json(callerSchema, 'The caller'), ...failures },
});

const deleteSession = createRoute({
  method: 'delete',
  path: '/session',
  summary: 'Sign out',
  ...needs.anyone,
  responses: { 204: { description: 'Signed out' }, ...failures },
});

const getTokens = createRoute({
  method: 'get',
  path: '/tokens',
  summary: 'All tokens, without their secrets',
  ...needs.admin,
  responses: { 200: json(z.array(tokenViewSchema), 'The tokens'), ...failures },
});

const postToken = createRoute({
  method: 'post',
  path: '/tokens',
  summary: 'Make a token; it can be seen in this answer only',
  ...needs.admin,
  request: {
    body: jsonBody(
      z.object({
        name: nameSchema,
        scope: scopeSchema,
        host: hostNameSchema.nullish(),
        expiresAt: instantSchema.nullish(),
      }),
    ),
  },
  responses: { 201: json(tokenViewSchema.extend({ token: z.string() }), 'The token'), ...failures },
});

const rotateToken = createRoute({
  method: 'post',
  path: '/tokens/{id}/rotate',
  summary: 'Make a token in the place of another one, which stays good for a while',
  ...needs.admin,
  request: {
    params: z.object({ id: z.string().min(1).max(200) }),
    body: jsonBody(
      z.object({
        overlapSeconds: z.int().min(0).max(longestOverlapSeconds).default(usualOverlapSeconds).meta({
          description: 'For how long the old one is good beside the new one',
        }),
      }),
    ),
  },
  responses: { 201: json(tokenViewSchema.extend({ token: z.string() }), 'The new token'), ...failures },
});

const deleteToken = createRoute({
  method: 'delete',
  path: '/tokens/{id}',
  summary: 'Revoke a token at once',
  ...needs.admin,
  request: { params: z.object({ id: z.string().min(1).max(200) }) },
  responses: { 204: { description: 'Revoked' }, ...failures },
});

const postCode = createRoute({
  method: 'post',
  path: '/codes',
  summary: 'A fresh one-time code for signing in',
  ...needs.admin,
  responses: { 201: json(z.object({ code: z.string(), expiresAt: z.number() }), 'The code'), ...failures },
});

function viewOf({ by, scope, name }: Caller) {
  return { by, scope, name };
}

export function accessRoutes(access: Access, guard: Guard) {
  return new OpenAPIHono<ApiEnv>()
    .openapi(postSession, (c) => {
      const { carrier } = c.env;
      if (carrier.kind !== 'listener') {
        throw new PlimsollError(
          'usage',
          `the ${carrier.kind} needs no session: it may do everything already`,
        );
      }
      const session = access.openSession(c.req.valid('json').code);
      if (session === undefined) throw guard.badAttempt(c, 'bad code');
      setCookie(c, cookieName(carrier.port), session.secret, {
        httpOnly: true,
        // A cookie received over TLS must never be sent without it.
        secure: carrier.isTls,
        sameSite: 'Strict',
        path: '/',
        maxAge: SESSION_LIFETIME_MS / 1000,
      });
      return c.json({ by: 'session' as const, scope: 'admin' as const, name: null }, 201);
    })
    .openapi(getSession, (c) => c.json(viewOf(guard.callerOf(c)), 200))
    .openapi(deleteSession, (c) => {
      access.closeSession(guard.callerOf(c));
      if (c.env.carrier.kind === 'listener') deleteCookie(c, cookieName(c.env.carrier.port), { path: '/' });
      return c.body(null, 204);
    })
    .openapi(getTokens, (c) => c.json(access.tokens(), 200))
    .openapi(postToken, (c) => {
      const { name, scope, host, expiresAt } = c.req.valid('json');
      const { token, view } = access.createToken(name, scope, { host, expiresAt });
      return c.json({ ...view, token }, 201);
    })
    .openapi(rotateToken, (c) => {
      const { id } = c.req.valid('param');
      const rotated = access.rotateToken(id, c.req.valid('json').overlapSeconds * 1000);
      if (rotated === undefined)
        throw new PlimsollError('not_found', `there is no token with the id ${JSON.stringify(id)}`);
      return c.json({ ...rotated.view, token: rotated.token }, 201);
    })
    .openapi(deleteToken, (c) => {
      const { id } = c.req.valid('param');
      if (!access.removeToken(id))
        throw new PlimsollError('not_found', `there is no token with the id ${JSON.stringify(id)}`);
      return c.body(null, 204);
    })
    .openapi(postCode, (c) => c.json(access.createCode(), 201));
}
