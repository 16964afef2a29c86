import { expect, test } from 'vitest';
import { rangesAsCsv, samplesAsCsv } from './series-file.ts';

const series = { host: '=cmd|x', source: 'a "b", c', metric: 'm', labels: { mount: '/' } };

test('texts are guarded, numbers stay numbers', () => {
  const stretch = { from: 0, to: 9, bucketMs: 5, at: [0], min: [-1], avg: [0.1], max: [1e300] };
  expect(rangesAsCsv([{ series, ...stretch, summary: null }])).toBe(
    'time,host,source,metric,labels,bucket_ms,min,avg,max\r\n' +
      '1970-01-01T00:00:00.000Z,\'=cmd|x,"a ""b"", c",m,"{""mount"":""/""}",5,-1,0.1,1e+300\r\n',
  );
});

test('pages of samples follow one another', () => {
  const page = (at: number, next: number | null) => ({
    ...{ from: at, to: 9, next },
    series: [{ series: { ...series, host: 'h', source: 's' }, at: [at], values: [-at] }],
  });
  expect(
    samplesAsCsv([page(1, 2), page(2, null)])
      .split('\r\n')
      .slice(1, 3),
  ).toEqual([
    '1970-01-01T00:00:00.001Z,h,s,m,"{""mount"":""/""}",-1',
    '1970-01-01T00:00:00.002Z,h,s,m,"{""mount"":""/""}",-2',
  ]);
});
