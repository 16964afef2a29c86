import { setTimeout as pause } from 'node:timers/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { PlimsollError } from '../../contract/error.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { smtpCertificate, politely, scriptedSmtp } from '../../testing/scripted-smtp.ts';
import type { ScriptedSmtp, SmtpScript, SmtpTalk } from '../../testing/scripted-smtp.ts';
import { letterOf } from './letter.ts';
import { post } from './smtp.ts';
import type { Posted, Route } from './smtp.ts';

const login = { user: 'ops@example.org', password: 'hunter2 & Söhne' };
/** The password in every encoding of SMTP; none of these may ever be visible. */
const writings = [login.password, `\0${login.user}\0${login.password}`, login.user].flatMap((text) => [
  Buffer.from(text),
  Buffer.from(Buffer.from(text).toString('base64')),
]);
const never = new AbortController().signal;
const to = ['a@example.org', 'b@example.org', 'c@example.org'];

/** The latest server, and all servers of a test. */
let server: ScriptedSmtp | undefined;
let servers: ScriptedSmtp[] = [];
let trace: string[] = [];
afterEach(() => {
  for (const each of servers) each.close();
  [servers, trace] = [[], []];
});

async function run(
  script: Partial<SmtpScript>,
  changes: Partial<Route> = {},
  signal = never,
): Promise<Posted> {
  server = await scriptedSmtp(script, changes.host);
  servers.push(server);
  const route: Route = {
    host: '127.0.0.1',
    port: server.port,
    security: 'starttls',
    login,
    ca: smtpCertificate.pem,
    ...changes,
  };
  const envelope = { sender: { name: '', address: 'ops@example.org' }, to, recipients: to };
  return post(await letterOf(exampleMessage()), envelope, route, signal, (line) => trace.push(line));
}

/** The error of an attempt, which must take less than 15 seconds. */
async function problemOf(
  script: Partial<SmtpScript>,
  changes: Partial<Route> = {},
  signal = never,
): Promise<PlimsollError> {
  const start = performance.now();
  const outcome = await run(script, changes, signal).catch((thrown: unknown) => thrown as PlimsollError);
  expect(performance.now() - start).toBeLessThan(15_000);
  if (!(outcome instanceof Error)) throw new Error(`it was sent: ${JSON.stringify(outcome)}`);
  expect(outcome.name).toBe('PlimsollError');
  return outcome;
}

const greeting = (text: string): Partial<SmtpScript> => ({ greet: (talk) => talk.say(text) });
/** A normal server except for lines with these beginnings. */
const but = (replies: Record<string, string>, after: (talk: SmtpTalk) => void = () => {}): SmtpScript => ({
  greet: (talk) => talk.say('220 scripted'),
  answer: (line, talk) => {
    const reply = Object.entries(replies).find(([beginning]) => line.startsWith(beginning))?.[1];
    if (reply === undefined) return politely(line, talk);
    talk.say(reply);
    after(talk);
  },
});

describe('F-1: a server that does not behave at the door', () => {
  it.each<[string, Partial<SmtpScript>, string, boolean, RegExp]>([
    ['hangs up', { greet: (talk) => talk.hangUp() }, 'unreachable', true, /closed the connection|ECONNRESET/],
    ['is no service', greeting('554 go away'), 'forbidden', false, /refuses to serve: 554 go away/],
    [
      'is about to stop',
      {
        greet: (talk) => {
          talk.say('421 too busy');
          talk.hangUp();
        },
      },
      'forbidden',
      true,
      /refuses to serve: 421 too busy/,
    ],
    [
      'speaks another language',
      greeting('HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\nmore\r\nand more'),
      'unreadable',
      true,
      /does not speak SMTP.*HTTP\/1\.1 400.*Check host and port/,
    ],
    ['says numbers that mean nothing', greeting('999999 hello'), 'unreadable', true, /does not speak SMTP/],
    [
      'says 1 MB in one line',
      greeting(`220 ${'x'.repeat(1024 * 1024)}`),
      'too_large',
      true,
      /answers without end/,
    ],
    ['goes on and on', greeting('220-more\r\n'.repeat(100_000)), 'too_large', true, /answers without end/],
  ])('%s', async (_, script, code, retry, words) => {
    const problem = await problemOf(script);
    expect(problem).toMatchObject({ code, retry, message: expect.stringMatching(words) });
    expect(problem.message).toContain('127.0.0.1:');
    expect(problem.message.length).toBeLessThan(1000);
  });

  it('never greets, or says one byte at a time', async () => {
    const drip = async (talk: SmtpTalk) => {
      for (let index = 0; index < 40; index++) {
        talk.say(`250-${String(index)}`);
        await pause(400);
      }
    };
    const problems = await Promise.all([
      problemOf({ greet: () => {} }),
      problemOf({ greet: (talk) => void drip(talk) }),
      problemOf({
        answer: (line, talk) => {
          if (line.startsWith('EHLO')) void drip(talk);
          else politely(line, talk);
        },
      }),
    ]);
    expect(problems.map(({ code, retry }) => [code, retry])).toEqual(Array(3).fill(['deadline', true]));
    expect(problems[0].message).toContain('`security: tls`');
    expect(problems[2].message).toContain('not done after 13 seconds');
  }, 40_000);

  it('is not there', async () => {
    const gone = await scriptedSmtp();
    gone.close();
    const problem = await problemOf({}, { port: gone.port });
    expect(problem).toMatchObject({
      code: 'unreachable',
      retry: true,
      message: expect.stringContaining('ECONNREFUSED'),
    });
  });

  it('ends at once when it is abandoned', async () => {
    const controller = new AbortController();
    const reason = new Error('abandoned');
    const start = performance.now();
    const attempt = run({ greet: () => controller.abort(reason) }, {}, controller.signal);
    await expect(attempt).rejects.toBe(reason);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});

describe('F-2: a password', () => {
  const withoutSecrets = () => {
    const bytes = server?.heard() ?? Buffer.alloc(0);
    for (const writing of writings) expect(bytes.includes(writing)).toBe(false);
    expect(bytes.toString('latin1')).not.toMatch(/^(AUTH|MAIL|RCPT|DATA)/m);
  };

  it.each<[string, SmtpScript, Partial<Route>, boolean, RegExp]>([
    [
      'STARTTLS is missing',
      but({ EHLO: '250-scripted\r\n250 AUTH PLAIN LOGIN', STARTTLS: '502 what?' }),
      {},
      false,
      /does not encrypt \(STARTTLS: 502 what\?\).*nothing was sent/,
    ],
    [
      'STARTTLS is stripped, and EHLO with it',
      but({ EHLO: '500 what?', HELO: '250 scripted', STARTTLS: '500 what?' }),
      {},
      false,
      /500 what\?/,
    ],
    ['TLS is not available now', but({ STARTTLS: '454 later' }), {}, true, /STARTTLS: 454 later/],
    [
      'the certificate is nobody’s we trust',
      but({}),
      { ca: undefined },
      false,
      /certificate that does not hold.*SELF_SIGNED/,
    ],
    [
      'it speaks on in clear instead of TLS',
      but(
        { STARTTLS: '220 go ahead' },
        (talk) => void setImmediate(() => talk.say('250 AUTH PLAIN\r\n250 fine')),
      ),
      {},
      false,
      /could not agree on encryption|went on in clear/,
    ],
    [
      'somebody between slips in a line before TLS begins',
      but({ STARTTLS: '220 go ahead\r\n250 AUTH PLAIN' }, (talk) => talk.encrypt()),
      {},
      false,
      /went on in clear/,
    ],
    [
      'it does not speak TLS at all',
      but({}),
      { security: 'tls' },
      false,
      /could not agree on encryption.*465/,
    ],
  ])('is never sent in clear when %s', async (_, script, changes, retry, words) => {
    const problem = await problemOf(script, changes);
    expect(problem).toMatchObject({ code: 'forbidden', retry, message: expect.stringMatching(words) });
    withoutSecrets();
  });

  // macOS has only one loopback address unless more are configured.
  it.skipIf(process.platform === 'darwin')(
    'is never sent in clear when the certificate is for another host',
    async () => {
      const problem = await problemOf(but({}), { host: '127.0.0.2' });
      expect(problem).toMatchObject({
        code: 'forbidden',
        retry: false,
        message: expect.stringMatching(/certificate that does not hold.*ALTNAME/),
      });
      withoutSecrets();
    },
  );

  it('is sent through TLS, and the transcript does not have it', async () => {
    await run({ answer: politely });
    withoutSecrets();
    expect(server?.lines).toContain(
      `AUTH PLAIN ${Buffer.from(`\0${login.user}\0${login.password}`).toString('base64')}`,
    );
    expect(trace).toContain('C: AUTH PLAIN [secret]');
    expect(trace).toContain('S: 250 taken as 1234');
    expect(trace.join('\n')).not.toContain(Buffer.from(login.password).toString('base64'));
  });

  it('does not come back in what is told of a server that repeats it', async () => {
    const base64 = Buffer.from(`\0${login.user}\0${login.password}`).toString('base64');
    const problem = await problemOf(but({ AUTH: `535 not ${login.password} and not ${base64}` }));
    expect(problem).toMatchObject({
      code: 'unauthorized',
      retry: false,
      message: expect.stringContaining('[secret]'),
    });
    for (const text of [problem.message, ...trace]) {
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain(base64);
    }
  });

  it('goes in clear where that was said, and where this machine offers no encryption', async () => {
    await run({ answer: politely }, { security: 'plain' });
    expect(server?.lines).not.toContain('STARTTLS');
    expect(server?.heard().toString()).toContain('AUTH PLAIN');
    server?.close();
    await run(but({ EHLO: '250-scripted\r\n250 AUTH PLAIN' }), { security: 'opportunistic' });
    expect(server?.lines).not.toContain('STARTTLS');
    server?.close();
    await run({ answer: politely }, { security: 'opportunistic', ca: undefined });
    withoutSecrets();
    expect(server?.lines).toContain('STARTTLS');
  });
});

describe('F-4: a server that says no', () => {
  it.each<[Record<string, string>, string, boolean, RegExp]>([
    [{ AUTH: '535 no' }, 'unauthorized', false, /refused the login: 535 no.*Check user name/],
    [{ AUTH: '454 later' }, 'unauthorized', true, /454 later/],
    [{ MAIL: '530 login first' }, 'unauthorized', false, /wants a login/],
    [{ MAIL: '550 not you' }, 'forbidden', false, /refused the sender: 550 not you/],
    [{ MAIL: '450 later' }, 'too_many_requests', true, /does not take the sender now: 450 later/],
    [{ MAIL: '552 too big' }, 'too_large', false, /too large: 552/],
    [{ DATA: '451 later' }, 'too_many_requests', true, /451 later/],
    [{ 'Message-ID': '', 'From:': '554 spam' }, 'forbidden', false, /refused the mail: 554 spam/],
    [{ 'From:': '552 too big' }, 'too_large', false, /too large/],
    [{ 'From:': '451 later' }, 'too_many_requests', true, /451 later/],
    [{ MAIL: '421 going down' }, 'too_many_requests', true, /421 going down/],
  ])('%j', async (replies, code, retry, words) => {
    const problem = await problemOf({
      answer: (line, talk) => {
        const beginning =
          /^[\w-]+:/m.test(line) && line.includes('\r\n') ? 'From:' : (line.split(' ')[0] ?? '');
        const reply = replies[beginning];
        if (reply === undefined) politely(line, talk);
        else talk.say(reply);
      },
    });
    expect(problem).toMatchObject({ code, retry, message: expect.stringMatching(words) });
  });

  it.each([
    ['550 unknown', '450 greylisted'],
    ['552 mailbox full', '452 too many recipients'],
  ])('to some (%s, %s): the others have it', async (never, later) => {
    const posted = await run(but({ 'RCPT TO:<b@': never, 'RCPT TO:<c@': later }));
    expect(posted).toEqual({
      accepted: ['a@example.org'],
      refused: [
        { address: 'b@example.org', reply: never, isPermanent: true },
        { address: 'c@example.org', reply: later, isPermanent: false },
      ],
      reply: '250 taken as 1234',
    });
  });

  it('to all', async () => {
    const posted = await run(but({ 'RCPT TO:<a@': '450 later', RCPT: '550 unknown' }));
    expect([posted.accepted, posted.refused.map(({ isPermanent }) => isPermanent)]).toEqual([
      [],
      [false, true, true],
    ]);
  });
});

it('F-5: a server that is gone before it says that it took the mail is asked again, under the same id', async () => {
  const ids: (string | undefined)[] = [];
  for (let attempt = 0; attempt < 2; attempt++) {
    const problem = await problemOf({
      answer: (line, talk) => (line.includes('\r\n') ? talk.hangUp() : politely(line, talk)),
    });
    expect(problem).toMatchObject({ code: 'unreachable', retry: true });
    ids.push(/^Message-ID: (.*)$/m.exec(server?.lines.join('\n') ?? '')?.[1]);
    server?.close();
  }
  expect(ids).toEqual(Array(2).fill('<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>'));
});
