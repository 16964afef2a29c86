import { describe, expect, it } from 'vitest';
import { exampleMessage } from '../testing/example-message.ts';
import { exportName, readExportName } from './export-name.ts';

function nameFor(source: string, metric: string, id?: string): string {
  const series = { host: 'anchor', source, metric, labels: {} };
  return exportName(exampleMessage({ alert: { series }, ...(id !== undefined && { id }) }), 'json', true)
    .name;
}

const rest = '20260105T120000.123Z_0a1b2c3d-0000-4000-8000-000000000001.json.gz';

describe('exportName', () => {
  it('is made of source, metric, UTC time and id', () => {
    expect(nameFor('cpu_usage', 'cpu_percent')).toBe(`cpu_usage_cpu_percent_${rest}`);
  });

  it('is valid everywhere and recognised as ours, whatever source, metric and id are called', () => {
    const words = [
      '../../etc/passwd',
      'CON',
      'nul.',
      '.hidden',
      '',
      ' ',
      'a:b*c?"<>|\\',
      'línea\r\n',
      '😀',
      'é'.repeat(500),
      '监控',
      '-rf',
      '\u202egnp',
    ];
    const ids = ['../../x', 'ABCDEFGH', 'abcdefgh', 'a', 'x'.repeat(1000)];
    const names = words.flatMap((word) => ids.map((id) => nameFor(word, word, id)));
    for (const name of names) {
      expect(readExportName(name)?.name).toBe(name);
      expect(Buffer.byteLength(name)).toBeLessThan(255);
      expect(name).toMatch(/^[\p{L}\p{M}\p{N}_][\p{L}\p{M}\p{N}_-]*\.\d{3}Z_[a-z0-9-]+\.json\.gz$/u);
    }
    expect(new Set(ids.map((id) => nameFor('cpu', 'x', id).toLowerCase())).size).toBe(ids.length);
    expect(nameFor('监控', 'línea')).toBe(`监控_línea_${rest}`);
  });
});

describe('readExportName', () => {
  it('takes no look-alike for ours', () => {
    const ours = `cpu_cpu_percent_${rest}`;
    const lookAlikes = [
      `copy of ${ours}`,
      `${ours}.bak`,
      `${ours}~`,
      `.${ours}`,
      `cpu_cpu_percent_${rest.replace('.json', ' (1).json')}`,
      `cpu_cpu_percent_${rest.replace('.json', ' - Copy.json')}`,
      `cpu_cpu_percent_${rest.replace('json', 'txt')}`,
      `cpu_cpu_percent_${rest.replace('json', 'JSON')}`,
      'cpu_usage_cpu_percent_20240115_103045.json',
      'cpu_usage_cpu_percent_20240115_103045_123456.json.gz',
      'export_20240115T103045.123Z.csv',
      `_${rest.slice(0, 20)}.json`,
      'notes.json',
    ];
    expect(lookAlikes.filter((name) => readExportName(name) !== undefined)).toEqual([]);
  });
});
