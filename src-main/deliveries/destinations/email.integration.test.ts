import { expect, it } from 'vitest';
import { hostileContext } from '../../testing/example-context.ts';
import { exampleMessage } from '../../testing/example-message.ts';
import { exportName } from '../export-name.ts';
import { encodeRecord, exportFormats } from '../formats.ts';
import { recordOf } from '../record.ts';
import { openMailbox, signal } from '../../testing/open-mailbox.ts';
import type { Arrived } from '../../testing/open-mailbox.ts';

const header = ({ mail }: Arrived, name: string) => mail.headers.get(name);

it('a mail says what happened, shows the record and has it attached', async () => {
  const { arrived, deliver, port } = await openMailbox();
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
  expect(mail.text).toMatch(/^CPU \(cpu_usage\) on anchor is at 91\.5 %, above 80 % since 5 Jan 2026, /);
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

it('a mail about many alerts names them by host and rule, under one id, to each recipient once', async () => {
  let refused = 0;
  const { arrived, mailbox } = await openMailbox(
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
    'CPU <b>above</b> Bcc: x@example.org on anchor (warning)\n- CPU (cpu_usage)',
  );
  expect(one?.mail.text).toMatch(
    /^Over: Disk on anchor\n- .* was above 80 % for 6 min 5 s, over since 5 Jan 2026, /m,
  );
  expect(one?.mail.html).toContain('CPU &lt;b&gt;above&lt;/b&gt; Bcc');
  expect(two?.raw.split('\r\n\r\n')[0]).not.toMatch(/^Bcc/m);
});

it('the end of an alert stands below its beginning, and a test says that it is one', async () => {
  const { arrived, deliver } = await openMailbox();
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
  expect(arrived[1]?.mail.text).toMatch(/^Over: +5 Jan 2026, \d\d:00:00 \S+$/m);
  expect(arrived[2]?.mail.text).toMatch(/^This is a test\. Nothing is wrong\./);
});

it('what a rule and a source are called stays text, and nobody else gets the mail', async () => {
  const hostile =
    '=HYPERLINK("x")<img src=x onerror=alert(1)>\r\nBcc: eve@example.org\r\n\r\n<!channel>$(id)`id`\x1b[31m{{7*7}}\u202e';
  const { arrived, deliver } = await openMailbox();
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
  const { arrived, trace, deliver } = await openMailbox({
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
