import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changedJson } from '../testing/changed-json.ts';
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

describe('what has the name of a slot and is none is compared like everything else', () => {
  const one = { host: 'web-1', samples: [sample] };
  test.each<[string, (value: string) => unknown]>([
    ['a label named batch', (batch) => ({ ...one, samples: [{ ...sample, labels: { batch } }] })],
    ['a tag named batch', (batch) => ({ ...one, tags: { batch } })],
    [
      'a label beside the name of the batch',
      (batch) => ({ ...whole, samples: [{ ...sample, labels: { batch } }] }),
    ],
    ['a time in what is not known of an agent', (text) => ({ ...whole, agent: { sentAt: text.length } })],
    ['a value in it', (text) => ({ ...one, agent: { value: text.length } })],
    ['what every object inherits', (text) => ({ ...one, agent: { toString: text.length } })],
    ['a value in a source', (text) => ({ ...one, sources: [{ name: 'cpu', value: text.length, at: 5 }] })],
  ])('%s', (_, bodyWith) => {
    const [first, next] = [JSON.stringify(bodyWith('x')), JSON.stringify(bodyWith('xyz'))];
    expect(plain(next)).toBeDefined();
    const known = knowing(first);
    expect(read(known, first)).toEqual(plain(first));
    expect(read(known, next)).toBeUndefined();
  });
});

test('in a batch of any fields, what is read when one of its words was changed is read as the long way reads it', () => {
  const names = ['value', 'at', 'batch', 'samples', 'sentAt', 'host'];
  const word = fc.constantFrom(...names, 'toString', '}', '],', 'a:b');
  const number = fc.constantFrom(0, 7, 12.5, -3, 1_795_000_000_000, 1e-7);
  const words = fc.dictionary(word, word, { maxKeys: 2 });
  const one = fc.record(
    {
      source: word,
      metric: word,
      value: number,
      at: fc.constantFrom(5, 1_795_000_000_000),
      labels: words,
      unit: word,
    },
    { requiredKeys: ['source', 'metric', 'value', 'at'] },
  );
  const batch = fc.record(
    {
      ...{ host: word, batch: word, sentAt: fc.nat(), backlog: fc.boolean(), tags: words },
      ...{ agent: fc.dictionary(word, fc.oneof(word, number)), judges: fc.array(word, { maxLength: 2 }) },
      samples: fc.array(one, { maxLength: 3 }),
    },
    { requiredKeys: ['host', 'samples'] },
  );
  let count = 0;
  fc.assert(
    fc.property(batch, fc.nat(), word, number, (content, place, otherWord, otherNumber) => {
      const body = JSON.stringify(content);
      const known = knowing(body);
      const spots = [...body.matchAll(/"[^"]*"|-?\d[\d.e-]*/g)];
      const spot = spots[place % spots.length];
      if (spot === undefined) return;
      const other = spot[0].startsWith('"') ? JSON.stringify(otherWord) : String(otherNumber);
      const changed = body.slice(0, spot.index) + other + body.slice(spot.index + spot[0].length);
      const found = read(known, changed);
      if (found === undefined) return;
      count++;
      expect(found).toEqual(plain(changed));
    }),
    { numRuns: 2000 },
  );
  expect(count).toBeGreaterThan(200);
});

test('whatever else is changed in a batch: what is read at all is read as the long way reads it', () => {
  const known = knowing(text);
  let count = 0;
  fc.assert(
    fc.property(changedJson(text, 2, 3), (changed) => {
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

test.each([
  ['name', `{"host":"web-1","batch": "b1","samples":[${JSON.stringify(sample)}]}`],
  ['time', `{"host":"web-1","sentAt": 1795000000100,"samples":[${JSON.stringify(sample)}]}`],
  ['value', text.replace('12.5', ' 12.5')],
])('with a space before its %s a batch is not remembered, and nothing of it is lost', (_, body) => {
  expect(plain(body)).toBeDefined();
  expect(read(knowing(body), body)).toBeUndefined();
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

test('of hosts without number that send nothing no more is remembered than has room either', () => {
  const empty = (host: number) => JSON.stringify({ host: `web-${host}`, samples: [] });
  const known = knowing(...Array.from({ length: 12_000 }, (_, host) => empty(host)));
  expect([read(known, empty(0)), read(known, empty(11_999))]).toEqual([undefined, plain(empty(11_999))]);
});

test('of many hosts no more is remembered than has room', () => {
  const samples = Array.from({ length: 500 }, () => sample);
  const large = (host: number) => JSON.stringify({ host: `web-${host}`, samples });
  const known = knowing(...Array.from({ length: 150 }, (_, host) => large(host)));
  const isKnown = (host: number) => known.read(bytesOf(large(host))) !== undefined;
  expect([isKnown(0), isKnown(149)]).toEqual([false, true]);
});
