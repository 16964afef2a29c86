import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { KnownBatches } from './known-batches.ts';
import { plainBatch } from './plain-batch.ts';

const sample = { source: 'cpu', metric: 'cpu_percent', value: 12.5, at: 1_795_000_000_000 };
const whole = {
  ...{ batch: 'b1', host: 'web-1', sentAt: 1_795_000_000_100, intervalSeconds: 60 },
  agent: { name: 'agent', version: '1.4' },
  sources: [{ name: 'cpu', kind: 'cpu', intervalSeconds: 5 }],
  judges: ['rule-1'],
  samples: [sample, { ...sample, labels: { value: '1', at: 'left' }, unit: '%' }, { ...sample, value: 3 }],
};
const text = JSON.stringify(whole);

const bytesOf = (body: string) => new TextEncoder().encode(body);

/** What knows these bodies. */
function knowing(...bodies: string[]): KnownBatches {
  const known = new KnownBatches();
  for (const body of bodies) {
    const batch = plainBatch(bytesOf(body));
    if (batch !== undefined) known.remember(bytesOf(body), batch);
  }
  return known;
}

/** What is read of a body, as `plainBatch` says it. */
function read(known: KnownBatches, body: string) {
  const found = known.read(bytesOf(body));
  if (found === undefined) return undefined;
  const { host, batch, sentAt, backlog, sender, columns } = found;
  const { series, values, ats } = columns;
  return {
    ...{ ...sender, host, backlog },
    ...(batch !== undefined && { batch }),
    ...(sentAt !== undefined && { sentAt }),
    samples: series.map((one, place) => ({ ...one, value: values[place], at: ats[place] })),
  };
}

const plain = (body: string) => {
  const batch = plainBatch(bytesOf(body));
  return batch && { backlog: false, ...batch };
};

test('a body like one before is read as the long way reads it, with the same list of series', () => {
  const known = knowing(text);
  const next = JSON.stringify({
    ...{ ...whole, batch: 'another-2', sentAt: 1_795_000_060_100 },
    samples: whole.samples.map((one, place) => ({ ...one, value: -place / 7, at: one.at + 60_000 + place })),
  }).replace(':0,', ':1e-7,');
  expect(read(known, next)).toEqual(plain(next));
  expect(known.read(bytesOf(next))?.columns.series).toBe(known.read(bytesOf(text))?.columns.series);
  expect(known.read(bytesOf(next))?.senderOfNoRules).not.toHaveProperty('judges');
});

test('every number is read as JSON has it, or not at all', () => {
  const known = knowing(text);
  const number = fc.oneof(
    fc.double().map(String),
    fc.integer().map(String),
    fc.stringMatching(/^-?[0-9]{1,18}(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,3})?$/),
    fc.stringMatching(/^[-+.eE0-9]{1,8}$/),
  );
  fc.assert(
    fc.property(number, (value) => {
      for (const body of [text.replace('12.5', value), text.replace('1795000000000', value)]) {
        const found = read(known, body);
        // A time of minus zero is a time, and nobody sends it.
        if (found === undefined) expect(Number(value) === 0 ? undefined : plain(body)).toBeUndefined();
        else expect(found).toEqual(plain(body));
      }
    }),
    { numRuns: 1500 },
  );
});

test('whatever else is changed in a batch: what is read at all is read as the long way reads it', () => {
  const known = knowing(text);
  const parts = [
    '"',
    '{',
    '}',
    ',',
    ':',
    '[',
    '0',
    '-',
    '.',
    'e5',
    'null',
    '"at":1,',
    ' ',
    '\\',
    '\u00e9',
    'x',
    '',
  ];
  const change = fc.record({ at: fc.nat(text.length), out: fc.nat(3), put: fc.constantFrom(...parts) });
  let count = 0;
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 2 }), (changes) => {
      let changed = text;
      for (const { at, out, put } of changes) changed = changed.slice(0, at) + put + changed.slice(at + out);
      const found = read(known, changed);
      if (found === undefined) return;
      count++;
      expect(found).toEqual(plain(changed));
    }),
    { numRuns: 1500 },
  );
  expect(count).toBeGreaterThan(0);
});

describe('left to those who look at all of it', () => {
  const known = knowing(text);
  test.each([
    ['another host', text.replace('web-1', 'web-2')],
    ['a sample more', text.replace('"samples":[', `"samples":[${JSON.stringify(sample)},`)],
    ['another label', text.replace('left', 'lett')],
    ['another rule that it judges', text.replace('rule-1', 'rule-2')],
    ['something behind it', `${text}x`],
    ['an early end', text.slice(0, -1)],
    ['a name of more than 100 letters', text.replace('"b1"', `"${'b'.repeat(101)}"`)],
    ['a control character', text.replace('"b1"', '"b\n1"')],
  ])('%s', (_, body) => {
    expect(known.read(bytesOf(body))).toBeUndefined();
  });
});

test('a host that posts its sources in turns is known by each of them; those that came first are forgotten', () => {
  const bodies = Array.from({ length: 5 }, (_, place) => text.replaceAll('cpu_percent', `metric_${place}`));
  const known = knowing(...bodies);
  expect(bodies.map((body) => known.read(bytesOf(body)) !== undefined)).toEqual([
    false,
    true,
    true,
    true,
    true,
  ]);
});

test('of many hosts no more is remembered than has room', () => {
  const known = new KnownBatches();
  const large = { host: 'web-0', samples: Array.from({ length: 500 }, () => sample) };
  for (let host = 0; host < 150; host++) {
    const body = bytesOf(JSON.stringify({ ...large, host: `web-${host}` }));
    const one = plainBatch(body);
    if (one !== undefined) known.remember(body, one);
  }
  const isKnown = (host: string) => known.read(bytesOf(JSON.stringify({ ...large, host }))) !== undefined;
  expect([isKnown('web-0'), isKnown('web-149')]).toEqual([false, true]);
});
