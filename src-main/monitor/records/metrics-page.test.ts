import { expect, test } from 'vitest';
import type { Sample } from '../../contract/sample.ts';
import { metricsPage } from './metrics-page.ts';

const sample = (metric: string, value: number, labels: Record<string, string> = {}): Sample => ({
  ...{ host: 'box', source: 'disk', metric, labels, value, at: 0 },
});
const percent = { title: 'Full', unit: 'percent' as const, help: 'How full\nit is.' };

test('each metric stands once, with its help, and each series below it', () => {
  const samples = [
    sample('disk_percent', 12.5, { mount: '/' }),
    sample('uptime', 7),
    sample('disk_percent', 1e21, { mount: '/data' }),
  ];
  expect(metricsPage(samples, ({ metric }) => (metric === 'uptime' ? undefined : percent))).toBe(
    [
      '# HELP plimsoll_disk_percent Full. How full\\nit is. (percent)',
      '# TYPE plimsoll_disk_percent gauge',
      'plimsoll_disk_percent{host="box",mount="/",source="disk"} 12.5',
      'plimsoll_disk_percent{host="box",mount="/data",source="disk"} 1e+21',
      '# TYPE plimsoll_uptime gauge',
      'plimsoll_uptime{host="box",source="disk"} 7',
      '',
    ].join('\n'),
  );
});

test('no name ends a line or a label, and what would be one series stands once', () => {
  const samples = [sample('a b', 1, { l: 'x"} 9\n# \\' }), sample('a_b', 2), sample('a-b', 3)];
  expect(metricsPage(samples, () => undefined)).toBe(
    '# TYPE plimsoll_a_b gauge\n' +
      'plimsoll_a_b{host="box",l="x\\"} 9\\n# \\\\",source="disk"} 1\n' +
      'plimsoll_a_b{host="box",source="disk"} 3\n',
  );
});
