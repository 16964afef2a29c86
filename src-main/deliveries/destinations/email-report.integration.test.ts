import { expect, it } from 'vitest';
import { PlimsollError } from '../../contract/error.ts';
import { openMailbox, signal } from '../../testing/open-mailbox.ts';

it('a report comes with its figures, its picture inline and the whole page attached; without a picture too', async () => {
  const png = Buffer.from('not really a picture');
  const page = Buffer.from('<!doctype html><title>Söhne</title>');
  let hasPicture = true;
  const { arrived, mailbox } = await openMailbox({}, {}, (report, file) => {
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
  const { arrived, mailbox } = await openMailbox({}, {}, (_report, file) =>
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
