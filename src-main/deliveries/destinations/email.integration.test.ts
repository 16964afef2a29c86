import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import type { AddressInfo } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import type { ParsedMail } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import type { SMTPServerOptions } from 'smtp-server';
import { afterEach, expect, it } from 'vitest';
import { testCertificate } from '../../testing/certificate.ts';
import { hostileContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { destinationSurroundings, secretsOf } from '../../testing/surroundings.ts';
import type { ReadReport } from '../destination-kind.ts';
import { PlimsollError } from '../../contract/error.ts';
import { exportName } from '../export-name.ts';
import { encodeRecord, exportFormats } from '../formats.ts';
import { recordOf } from '../record.ts';
import { Mailbox, emailDestination } from './email.ts';
import { freePort } from '../../testing/free-port.ts';

const certificate = testCertificate({ name: 'localhost' });

const { signal } = new AbortController();
const secrets = { smtp: 'hunter2 & Söhne' };
const login = { username: 'ops@example.org', password: { secret: 'smtp' } };

interface Arrived {
  recipients: string[];
  sender: string;
  mail: ParsedMail;
  raw: string;
}

let close = () => {};
afterEach(() => close());

/** A server that takes mails from whoever knows the password, and a mailbox that sends to it. */
async function open(
  options: Record<string, unknown> = {},
  changes: SMTPServerOptions = {},
  readReport?: ReadReport,
) {
  const arrived: Arrived[] = [];
  const trace: string[] = [];
  const server = new SMTPServer({
    cert: certificate.pem,
    key: certificate.key,
    disableReverseLookup: true,
    onAuth: ({ username = '', password }, _, callback) =>
      username === login.username && password === secrets.smtp
        ? callback(null, { user: username })
        : callback(new Error('Who are you?')),
    onData: (stream, { envelope }, callback) => {
      void (async () => {
        const chunks: Buffer[] = [];
        for await (const chunk of stream) chunks.push(chunk as Buffer);
        const raw = Buffer.concat(chunks).toString();
        arrived.push({
          recipients: envelope.rcptTo.map(({ address }) => address),
          sender: envelope.mailFrom === false ? '' : envelope.mailFrom.address,
          mail: await simpleParser(raw),
          raw,
        });
        callback(null, `taken as ${String(arrived.length)}`);
      })();
    },
    ...changes,
  });
  // What a client thinks of the certificate is no matter of the server's.
  server.on('error', () => undefined);
  const listener = server.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  close = () => server.close();
  const parsed = emailDestination.options.parse({
    host: '127.0.0.1',
    port,
    to: ['a@example.org', 'b@example.org'],
    ...login,
    ...options,
  });
  const surroundings = destinationSurroundings({
    secret: secretsOf(secrets),
    trace: (line) => trace.push(line),
    ...(readReport && { readReport }),
  });
  const mailbox = new Mailbox(parsed, surroundings, certificate.pem);
  return {
    ...{ arrived, trace, port, mailbox },
    deliver: (message = exampleMessage()) => mailbox.deliver(message, signal),
  };
}

const header = ({ mail }: Arrived, name: string) => mail.headers.get(name);

it('a mail about many alerts names them by host and rule, under one id, to each recipient once', async () => {
  let refused = 0;
  const { arrived, mailbox } = await open(
    {},
    {
      onRcptTo: ({ address }, _session, callback) =>
        address === 'b@example.org' && refused++ === 0
          ? callback(Object.assign(new Error('later'), { responseCode: 450 }))
          : callback(),
    },
  );
  const [first, second, third] = [
    exampleMessage({ alert: { ruleName: 'CPU <b>above</b>\r\nBcc: x@example.org' } }),
    exampleMessage({ alert: { id: 'alert-2', ruleId: 'disk', ruleName: 'Disk', severity: 'critical' } }),
    exampleMessage({
      alert: {
        id: 'alert-2',
        ruleId: 'disk',
        ruleName: 'Disk',
        state: 'resolved',
        resolvedAt: Date.UTC(2026, 0, 5, 12, 6),
      },
      transition: { from: 'firing', to: 'resolved', reason: 'back_within' },
    }),
  ];
  const deliver = () =>
    mailbox.together.deliver({ id: 'bundle-1', messages: [first, second, third] }, signal);
  await expect(deliver()).rejects.toMatchObject({ retry: true });
  expect(await deliver()).toContain('accepted it for a@example.org, b@example.org');
  expect(arrived.map(({ recipients }) => recipients)).toEqual([['a@example.org'], ['b@example.org']]);
  const [one, two] = arrived;
  expect(one?.mail.subject).toBe('2 alerts on anchor: 1 warning, 1 over');
  expect([one?.mail.messageId, two?.mail.messageId]).toEqual(Array(2).fill('<bundle-1@plimsoll>'));
  expect([one?.mail.inReplyTo, one?.mail.attachments]).toEqual([undefined, []]);
  expect(one?.mail.text).toContain(
    'CPU <b>above</b> Bcc: x@example.org on anchor (warning)\n- cpu_usage cpu_percent',
  );
  expect(one?.mail.text).toMatch(
    /^Over: Disk on anchor\n- .* was above 80 % for 6 min, over since 2026-01-05T12:06/m,
  );
  expect(one?.mail.html).toContain('CPU &lt;b&gt;above&lt;/b&gt; Bcc');
  expect(two?.raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc/m);
});

it('a mail says what happened, shows the record and has it attached', async () => {
  const { arrived, deliver, port } = await open();
  const message = exampleMessage();
  expect(await deliver(message)).toBe(
    `127.0.0.1:${String(port)} accepted it for a@example.org, b@example.org: 250 taken as 1.`,
  );
  const [one] = arrived;
  if (one === undefined) throw new Error('nothing arrived');
  const { mail, recipients, sender } = one;
  expect({ recipients, sender }).toEqual({
    recipients: ['a@example.org', 'b@example.org'],
    sender: 'ops@example.org',
  });
  expect([mail.subject, mail.date, mail.messageId]).toEqual([
    'CPU above 80 %',
    // A header's date has whole seconds.
    new Date(Math.floor(message.transition.at / 1000) * 1000),
    '<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>',
  ]);
  expect([header(one, 'auto-submitted'), header(one, 'x-plimsoll-alert'), mail.inReplyTo]).toEqual([
    'auto-generated',
    'alert-1',
    '<alert-alert-1@plimsoll>',
  ]);
  const json = JSON.stringify(recordOf(message), null, 2);
  expect(mail.text).toMatch(
    /^cpu_usage cpu_percent on anchor is at 91\.5 %, above 80 % since 2026-01-05T11:59:55/,
  );
  for (const line of [
    /^Rule: +CPU above 80 %$/m,
    /^Severity: +warning$/m,
    /^Host: +anchor$/m,
    /^Transition: +pending to firing \(violated enough\)$/m,
  ])
    expect(mail.text).toMatch(line);
  expect(mail.text).toContain(`Record\n${json}`);
  expect(mail.html).toContain('<h1 style="margin:0 0 4px;font-size:18px">CPU above 80 %</h1>');
  expect(mail.html).not.toMatch(/https?:|src=|url\(/);
  expect(
    mail.attachments.map(({ filename, contentType, content }) => [filename, contentType, content]),
  ).toEqual(
    await Promise.all(
      exportFormats.map(async (format) => [
        exportName(message, format, false).name,
        format === 'json' ? 'application/json' : 'text/csv',
        Buffer.from(await encodeRecord(recordOf(message), format, false)),
      ]),
    ),
  );
});

it('the end of an alert stands below its beginning, and a test says that it is one', async () => {
  const { arrived, deliver } = await open();
  await deliver();
  await deliver(
    exampleMessage({
      id: 'the-end',
      alert: { state: 'resolved', resolvedAt: Date.UTC(2026, 0, 5, 13) },
      transition: {
        from: 'firing',
        to: 'resolved',
        reason: 'back_within',
        value: 12,
        at: Date.UTC(2026, 0, 5, 13),
      },
    }),
  );
  await deliver(exampleMessage({ id: 'a-test', test: true, alert: { id: 'other' } }));
  expect(arrived.map(({ mail }) => [mail.subject, mail.messageId, mail.references])).toEqual([
    ['CPU above 80 %', '<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>', '<alert-alert-1@plimsoll>'],
    ['Over: CPU above 80 %', '<the-end@plimsoll>', '<alert-alert-1@plimsoll>'],
    ['Test: CPU above 80 %', '<a-test@plimsoll>', '<alert-other@plimsoll>'],
  ]);
  expect(arrived[1]?.mail.text).toMatch(/^Over: +2026-01-05T13:00:00\.000Z$/m);
  expect(arrived[2]?.mail.text).toMatch(/^This is a test\. Nothing is wrong\./);
});

it('what a rule and a source are called stays text, and nobody else gets the mail', async () => {
  const hostile =
    '=HYPERLINK("x")<img src=x onerror=alert(1)>\r\nBcc: eve@example.org\r\n\r\n<!channel>$(id)`id`\x1b[31m{{7*7}}\u202e';
  const { arrived, deliver } = await open();
  await deliver(
    exampleMessage({
      id: `${hostile}\r\nBcc: eve@example.org`,
      alert: {
        id: hostile,
        ruleName: hostile,
        series: { host: hostile, source: hostile, metric: 'cpu_percent', labels: { [hostile]: hostile } },
      },
      source: { name: hostile },
      context: hostileContext(hostile),
    }),
  );
  const [one] = arrived;
  if (one === undefined) throw new Error('nothing arrived');
  expect(arrived).toHaveLength(1);
  expect(one.recipients).toEqual(['a@example.org', 'b@example.org']);
  expect([...one.mail.headers.keys()].sort()).toEqual([
    'auto-submitted',
    'content-type',
    'date',
    'from',
    'in-reply-to',
    'message-id',
    'mime-version',
    'references',
    'subject',
    'to',
    'x-plimsoll-alert',
  ]);
  expect(one.mail.subject).toBe(
    '=HYPERLINK("x")<img src=x onerror=alert(1)> Bcc: eve@example.org <!channel>$(id)`id` [31m{{7*7}}',
  );
  expect(one.mail.messageId).toMatch(/^<[0-9a-f]{32}@plimsoll>$/);
  const html = String(one.mail.html);
  expect(html).not.toMatch(/<img|<!channel/);
  expect(html).toContain('&lt;img src=x onerror=alert(1)&gt;');
  expect(html).toMatch(/Busiest programs<\/th>.*=HYPERLINK\(&quot;x&quot;\)&lt;img/);
  expect(one.mail.text).toMatch(
    /^Why it fired\nRule: +.*\nLast values: +88 %, 91\.5 %\nBusiest programs: +=HYPERLINK/m,
  );
  expect(`${html}${one.mail.text ?? ''}`).not.toMatch(/\x1b/);
  expect(one.mail.attachments[1]?.content.toString()).toContain("'=HYPERLINK");
});

it('addresses of any script arrive as DNS knows them', async () => {
  const { arrived, trace, deliver } = await open({
    to: ['ops@bücher.example', "o'neil+Alerts@example.org"],
    from: 'Müller & Söhne <a@例え.テスト>',
  });
  await deliver();
  expect(trace.filter((line) => /^C: (MAIL|RCPT)/.test(line))).toEqual([
    'C: MAIL FROM:<a@xn--r8jz45g.xn--zckzah>',
    'C: RCPT TO:<ops@xn--bcher-kva.example>',
    "C: RCPT TO:<o'neil+Alerts@example.org>",
  ]);
  expect(arrived[0]?.mail.from?.value[0]?.name).toBe('Müller & Söhne');
});

it('who has a mail does not get it again because of another', async () => {
  const answers = new Map([
    ['b@example.org', [new Refused(450, 'greylisted')]],
    ['c@example.org', [new Refused(550, 'no such user')]],
  ]);
  const { arrived, deliver, port } = await open(
    { to: ['a@example.org', 'b@example.org', 'c@example.org'] },
    { onRcptTo: ({ address }, _, callback) => callback(answers.get(address)?.shift()) },
  );
  const server = `127.0.0.1:${String(port)}`;
  await expect(deliver()).rejects.toMatchObject({
    retry: true,
    message: `${server} accepted it for a@example.org: 250 taken as 1. ${server} refused b@example.org (450 greylisted), c@example.org (550 no such user). Tried again for b@example.org.`,
  });
  const receipt = await deliver();
  expect(receipt).toBe(
    `Warning: not everybody got it. ${server} accepted it for a@example.org, b@example.org: 250 taken as 1; 250 taken as 2. ${server} refused c@example.org (550 no such user).`,
  );
  expect(await deliver()).toBe(receipt);
  expect(arrived.map(({ recipients, mail }) => [recipients, mail.messageId, namedIn(mail)])).toEqual([
    [['a@example.org'], '<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>', 3],
    [['b@example.org'], '<0a1b2c3d-0000-4000-8000-000000000001@plimsoll>', 3],
  ]);
});

it('what goes wrong for good after somebody has it is a warning', async () => {
  let connections = 0;
  const { deliver } = await open(
    {},
    {
      onConnect: (_, callback) => callback(++connections > 1 ? new Refused(554, 'closed for today') : null),
      onRcptTo: ({ address }, _, callback) =>
        callback(address === 'b@example.org' ? new Refused(450, 'greylisted') : null),
    },
  );
  await expect(deliver()).rejects.toMatchObject({ retry: true });
  expect(await deliver()).toMatch(
    /^Warning: not everybody got it\..*accepted it for a@example\.org.*refused b@example\.org \(.*554 closed for today/,
  );
});

it('a wrong password is a failure for good, and is nowhere to be read', async () => {
  const { trace, deliver } = await open(
    {},
    { onAuth: (_, __, callback) => callback(new Refused(535, 'Who are you?')) },
  );
  const problem = await deliver().catch((thrown: unknown) => thrown as Error);
  expect(problem).toMatchObject({ code: 'unauthorized', retry: false });
  expect(trace).toContain('C: AUTH PLAIN [secret]');
  expect(trace).toContain('S: 535 Who are you?');
  expect([String(problem), ...trace].join('\n')).not.toMatch(/hunter2/);
  expect(trace.join('\n')).not.toContain(Buffer.from(secrets.smtp).toString('base64'));
});

it('TLS from the start, and the LOGIN mechanism, work as well', async () => {
  const { arrived, trace, deliver } = await open(
    { security: 'tls' },
    { secure: true, authMethods: ['LOGIN'] },
  );
  await deliver();
  expect(arrived).toHaveLength(1);
  expect(trace.filter((line) => line.startsWith('C: '))).toEqual([
    expect.stringMatching(/^C: EHLO /),
    'C: AUTH LOGIN',
    'C: [secret]',
    'C: [secret]',
    'C: MAIL FROM:<ops@example.org>',
    'C: RCPT TO:<a@example.org>',
    'C: RCPT TO:<b@example.org>',
    'C: DATA',
  ]);
});

it('a server that does not know our certificate’s issuer gets nothing when none is trusted', async () => {
  const { arrived, port } = await open();
  const options = emailDestination.options.parse({
    host: '127.0.0.1',
    port,
    to: ['a@example.org'],
    ...login,
  });
  const surroundings = destinationSurroundings({ secret: secretsOf(secrets) });
  await expect(
    emailDestination.open(options, surroundings).deliver(exampleMessage(), signal),
  ).rejects.toMatchObject({
    code: 'forbidden',
    retry: false,
  });
  expect(arrived).toEqual([]);
});

/** Debian's own, for which the package is installed. */
const python = '/usr/bin/python3';
const hasAiosmtpd = spawnSync(python, ['-c', 'import aiosmtpd'], { stdio: 'ignore' }).status === 0;

it('another server, aiosmtpd, takes it too', async (context) => {
  if (!hasAiosmtpd) context.skip('needs the Debian package python3-aiosmtpd');
  const port = await freePort();
  const server = spawn(
    python,
    [
      '-u',
      '-m',
      'aiosmtpd',
      '-n',
      '-l',
      `127.0.0.1:${String(port)}`,
      '-c',
      'aiosmtpd.handlers.Debugging',
      'stdout',
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  );
  close = () => void server.kill();
  let printed = '';
  server.stdout.setEncoding('utf8').on('data', (text: string) => (printed += text));
  while (!(await answers(port))) await pause(50);
  const options = emailDestination.options.parse({
    host: '127.0.0.1',
    port,
    security: 'plain',
    from: 'plimsoll@example.org',
    to: ['ops@example.org'],
  });
  const receipt = await emailDestination
    .open(options, destinationSurroundings())
    .deliver(exampleMessage(), signal);
  expect(receipt).toContain('accepted it for ops@example.org');
  await expect.poll(() => printed).toContain('END MESSAGE');
  expect(printed).toContain('X-Plimsoll-Alert: alert-1');
});

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  const isOpen = await new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  });
  socket.destroy();
  return isOpen;
}

/** What smtp-server answers with a code of its own. */
class Refused extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

/** How many addresses the mail names. */
function namedIn({ to }: ParsedMail): number {
  return [to ?? []].flat().flatMap(({ value }) => value).length;
}

it('a report comes with its figures, its picture inline and the whole page attached; without a picture too', async () => {
  const png = Buffer.from('not really a picture');
  const page = Buffer.from('<!doctype html><title>Söhne</title>');
  let hasPicture = true;
  const { arrived, mailbox } = await open({}, {}, (report, file) => {
    if (file === 'metrics_report.html') return Promise.resolve(page);
    if (hasPicture && file === 'system_metrics.png') return Promise.resolve(png);
    return Promise.reject(new PlimsollError('not_found', `There is no ${file} of a report ${report}.`));
  });
  const note = {
    ...{ report: 'report-1', host: 'anchor', madeAt: Date.UTC(2026, 0, 5, 7), level: 'ok' as const },
    sentence: 'All clear: nothing crossed a line in these 24 h.',
    span: '4 Jan 2026, 07:00 to 5 Jan 2026, 07:00 (UTC), 24 h',
    rows: [{ name: 'Longest <alert>', value: '— (nothing fired)' }],
  };
  await mailbox.deliverReport('0a1b', note, signal);
  hasPicture = false;
  await mailbox.deliverReport('0a1c', note, signal);
  const [one, two] = arrived;
  expect(one?.mail.subject).toBe('Report for anchor: All clear: nothing crossed a line in these 24 h.');
  expect([one?.mail.messageId, one?.mail.inReplyTo]).toEqual(['<0a1b@plimsoll>', undefined]);
  expect(one?.mail.text).toMatch(/^Of: +4 Jan 2026, 07:00 to 5 Jan/m);
  expect(one?.mail.text).toMatch(/^Longest <alert>: +— \(nothing fired\)$/m);
  expect(one?.mail.html).toContain('Longest &lt;alert&gt;');
  expect(
    one?.mail.attachments.map(({ filename, contentType, cid, content }) => [
      filename,
      contentType,
      cid,
      content,
    ]),
  ).toEqual([
    ['system_metrics.png', 'image/png', 'report@plimsoll', png],
    ['metrics_report.html', 'text/html', undefined, page],
  ]);
  expect(two?.mail.attachments.map(({ filename }) => filename)).toEqual(['metrics_report.html']);
  expect(two?.raw).not.toContain('cid:');
});

it('what it says around a German report is German too', async () => {
  const { arrived, mailbox } = await open({}, {}, (_report, file) =>
    file === 'metrics_report.html'
      ? Promise.resolve(Buffer.from('<!doctype html><title>Söhne</title>'))
      : Promise.resolve(Buffer.from('not really a picture')),
  );
  const note = {
    ...{ report: 'report-1', host: 'Anker', madeAt: Date.UTC(2026, 0, 5, 7), level: 'ok' as const },
    ...{ language: 'de' as const, sentence: 'Alles ruhig.', span: '4. Jan. 2026 bis 5. Jan. 2026', rows: [] },
  };
  await mailbox.deliverReport('0a1d', note, signal);
  const [{ mail } = {}] = arrived;
  expect(mail?.subject).toBe('Bericht über Anker: Alles ruhig.');
  expect(mail?.text).toMatch(/^Zeit: +4\. Jan\. 2026 bis 5\. Jan\. 2026\n\nDer ganze Bericht liegt bei/m);
  expect(mail?.html).toMatch(/<html lang="de">[^]*alt="Prozessor, Arbeitsspeicher/);
});
