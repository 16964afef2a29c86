import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ingestBatchSchema, ingestSampleSchema } from '../contract/ingest.ts';
import { changedJson } from '../testing/changed-json.ts';
import { plainBatch } from './plain-batch.ts';
import { parseStrictJson } from './strict-json.ts';

const sample = { source: 'cpu', metric: 'cpu_percent', value: 12.5, at: 1_795_000_000_000 };
const whole = {
  ...{
    batch: 'b1',
    host: 'web-1',
    sentAt: 1_795_000_000_100,
    intervalSeconds: 60,
    maySleep: false,
    backlog: true,
  },
  agent: { name: 'agent', version: '1.4', system: 'Linux 6' },
  tags: { role: 'web' },
  sources: [{ name: 'cpu', kind: 'cpu', intervalSeconds: 5 }],
  samples: [sample, { ...sample, labels: { core: '1', side: 'left' }, unit: '%' }, { ...sample, labels: {} }],
};

const plain = (text: string) => plainBatch(new TextEncoder().encode(text));

/** What the long way makes of a body; undefined where it finds anything wrong. */
function atLength(text: string) {
  try {
    const batch = ingestBatchSchema.parse(parseStrictJson(new TextEncoder().encode(text)));
    return {
      ...batch,
      samples: batch.samples.map((one) => {
        const read = ingestSampleSchema.parse(one);
        return { ...read, labels: read.labels ?? {} };
      }),
    };
  } catch {
    return undefined;
  }
}

test('what programs send is read as the long way reads it', () => {
  for (const batch of [whole, { host: 'web-1', samples: [sample] }, { host: 'web-1', samples: [] }]) {
    const text = JSON.stringify(batch);
    expect(plain(text)).toEqual(atLength(text));
    expect(plain(JSON.stringify(batch, null, 2))).toEqual(atLength(text));
  }
});

describe('left to those who can say what is wrong, or what is meant', () => {
  const text = JSON.stringify(whole);
  test.each([
    ['an early end', text.slice(0, -1)],
    ['a byte order mark', `\ufeff${text}`],
    ['a key twice', text.replace('"batch":"b1"', '"batch":"b1","batch":"b1"')],
    ['a key twice in a sample', text.replace('"value":12.5', '"value":1,"value":12.5')],
    ['a key twice in labels', text.replace('"core":"1"', '"core":"1","core":"1"')],
    ['a key twice in a source', text.replace('"kind":"cpu"', '"kind":"cpu","kind":"cpu"')],
    ['__proto__', text.replace('"batch":"b1"', '"__proto__":{}')],
    ['__proto__ as a label', text.replace('"core":', '"__proto__":')],
    ['an escape', text.replace('web-1', 'web\\u002d1')],
    ['a letter that is not ASCII', text.replace('web-1', 'wéb-1')],
    ['a control character', text.replace('web-1', 'web\x7f1')],
    ['an unknown field', text.replace('"batch"', '"more":1,"batch"')],
    ['an unknown field of a sample', text.replace('"value"', '"more":1,"value"')],
    ['a time in words', text.replace('1795000000000', '"2026-11-25T12:00:00Z"')],
    ['half a millisecond', text.replace('1795000000000', '1.5')],
    ['minus zero', text.replace('12.5', '-0')],
    ['1e999', text.replace('12.5', '1e999')],
    ['20 digits', text.replace('12.5', '12345678901234567890')],
    ['a number as text', text.replace('12.5', '"12.5"')],
    ['no source', text.replace('"source":"cpu",', '')],
    ['a name with a space before it', text.replace('"web-1"', '" web-1"')],
    ['a label that is a number', text.replace('"core":"1"', '"core":1')],
    ['a bad interval', text.replace('"intervalSeconds":60', '"intervalSeconds":0')],
    ['a list', `[${text}]`],
    ['nothing', ''],
    ['nesting', text.replace('"agent":{', `"agent":{"deep":${'['.repeat(20)}${']'.repeat(20)},`)],
    ['1,001 samples', JSON.stringify({ host: 'web-1', samples: Array(1001).fill(sample) })],
  ])('%s', (_, body) => {
    expect(plain(body)).toBeUndefined();
  });
});

test('whatever is changed in a batch: what is read at all is read as the long way reads it', () => {
  const text = JSON.stringify(whole);
  fc.assert(
    fc.property(changedJson(text, 3, 12), (changed) => {
      const read = plain(changed);
      if (read !== undefined) expect(read).toEqual(atLength(changed));
    }),
    { numRuns: 3000 },
  );
});
