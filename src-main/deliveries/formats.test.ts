import { gunzipSync } from 'node:zlib';
import { parse } from 'csv-parse/sync';
import { describe, expect, it } from 'vitest';
import { exampleMessage } from '../testing/example-message.ts';
import { encodeRecord } from './formats.ts';
import { recordOf } from './record.ts';
import type { ExportRecord } from './record.ts';

async function text(record: ExportRecord, format: 'json' | 'csv'): Promise<string> {
  return Buffer.from(await encodeRecord(record, format, false)).toString('utf8');
}

/** The one row of a CSV export, with the documented apostrophe removed. */
function row(csv: string): Record<string, string> {
  const rows: Record<string, string>[] = parse(csv, { columns: true });
  expect(rows).toHaveLength(1);
  const cells = Object.entries(rows[0] ?? {});
  return Object.fromEntries(
    cells.map(([name, cell]) => [name, cell.replace(/^'(?='*[=+\-@\t\r\n＝＋－＠])/, '')]),
  );
}

const hostile = [
  `=HYPERLINK("http://x","y")`,
  '+1+1',
  '-2+3+cmd|x',
  '@SUM(A1)',
  '\t=1',
  '\r=1',
  '\n=1',
  '＝1+1',
  "'=already escaped",
  "'just quoted",
  'a,b;c"d""e\'f',
  'line\r\nBcc: x@y\rz\n',
  'one\rtwo',
  'one\ntwo',
  '\u001b[31mred\u001b[0m',
  '{{7*7}} ${7*7}',
  '<script>alert(1)</script>',
  '\u202egnp.exe\u2066',
  '😀 ñ \u0000 end',
];

describe('encodeRecord', () => {
  it('begins CSV with S0’s columns, writes numbers as numbers, and an unknown value as an empty cell', async () => {
    const record = recordOf(exampleMessage({ transition: { value: -1.5 } }));
    const [header, line] = (await text(record, 'csv')).split('\r\n');
    expect(header).toBe(
      'timestamp,data_source,metric_name,value,threshold_violated,threshold_value,' +
        'id,alert_id,event,reason,host,severity,labels,duration_seconds,worst_value,metadata',
    );
    expect(line).toMatch(
      /^2026-01-05T12:00:00\.123Z,cpu_usage,cpu_percent,-1\.5,true,80,.*,firing,.*,anchor,warning,\{\},,,"\{/,
    );
    const unknown = row(await text({ ...record, value: null }, 'csv'));
    expect(unknown['value']).toBe('');
  });

  it('gives every hostile text back from JSON and CSV, and lets none stand as a formula', async () => {
    for (const evil of hostile) {
      const message = exampleMessage({
        alert: {
          ruleName: evil,
          series: { host: evil, source: evil, metric: evil, labels: { [evil]: evil } },
        },
        measurements: [{ metric: evil, labels: {}, value: 1 }],
        source: { name: evil, kind: 'http', enabled: true, note: evil },
      });
      const record = recordOf(message);
      expect(JSON.parse(await text(record, 'json'))).toEqual(record);

      const csv = await text(record, 'csv');
      const unquoted = csv.replace(/"(?:[^"]|"")*"/g, '');
      expect(unquoted.split(/\r\n|\r|\n/), 'readers that end lines at CR or LF alone').toHaveLength(3);
      const cells: string[][] = parse(csv);
      for (const cell of cells.flat()) expect(cell).not.toMatch(/^[=+\-@\t\r\n＝＋－＠]/);
      const { labels, metadata, ...read } = row(csv);
      expect(read).toMatchObject({ host: evil, data_source: evil, metric_name: evil, event: 'firing' });
      expect([JSON.parse(labels ?? ''), JSON.parse(metadata ?? '')]).toEqual([
        record.labels,
        record.metadata,
      ]);
    }
  });

  it('compresses to the same bytes every time, without a time in the header', async () => {
    const record = recordOf(exampleMessage());
    const [first, second] = [
      await encodeRecord(record, 'json', true),
      await encodeRecord(record, 'json', true),
    ];
    expect(first).toEqual(second);
    expect([...first.slice(4, 8)]).toEqual([0, 0, 0, 0]);
    expect(gunzipSync(first).toString()).toBe(await text(record, 'json'));
  });

  it('writes JSON for people: indented, with a line end', async () => {
    const json = await text(recordOf(exampleMessage()), 'json');
    expect([json.startsWith('{\n  "timestamp"'), json.endsWith('}\n')]).toEqual([true, true]);
  });
});
