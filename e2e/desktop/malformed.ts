/** A small generator of numbers that come out the same each time. */
function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

/**
 * Messages that no window of ours sends: wrong types, wrong keys, wrong paths, too long, too deep. The first ones are
 * written by hand, the others made from them.
 */
export function malformedMessages(count: number): unknown[] {
  const good = { method: 'GET', path: '/api/v1/status', headers: {}, body: null };
  const deep = (levels: number): unknown => (levels === 0 ? null : [deep(levels - 1)]);
  const byHand: unknown[] = [
    undefined,
    null,
    0,
    Number.NaN,
    true,
    '',
    'GET /api/v1/status',
    [],
    [good],
    {},
    deep(400),
    { action: 'quit' },
    { action: 'open-window' },
    { action: 'open-window', route: 'https://example.com/' },
    { action: 'open-window', route: '#/x\u0000' },
    { action: 'facts', more: true },
    { ...good, method: 'TRACE' },
    { ...good, method: 'get' },
    { ...good, method: ['GET'] },
    { ...good, path: '/' },
    { ...good, path: 'http://example.com/api/v1/status' },
    { ...good, path: '//example.com/api/v1/status' },
    { ...good, path: '/api/v1/../../etc/passwd' },
    { ...good, path: '/api/v1/\\..\\x' },
    { ...good, path: '/api/v1/nothing-of-this-name' },
    { ...good, path: `/api/v1/${'a'.repeat(20_000)}` },
    { ...good, headers: null },
    { ...good, headers: { 'content-type': 1 } },
    { ...good, headers: { 'x\r\ny': 'z' } },
    { ...good, headers: { x: 'a\r\nb: c' } },
    { ...good, headers: Object.fromEntries(Array.from({ length: 100 }, (_, index) => [`x${index}`, ''])) },
    { ...good, body: {} },
    { ...good, body: 'not for GET' },
    { ...good, method: 'POST', path: '/api/v1/rules', body: '{' },
    { ...good, method: 'PUT', path: '/api/v1/settings', body: 'x'.repeat(1024 * 1024 + 1) },
    { ...good, method: 'PUT', path: '/api/v1/settings', body: '{"settings":{},"revision":"x"}' },
    { ...good, extra: 1 },
    { ...good, constructor: { prototype: {} } },
    { method: 'GET', path: '/api/v1/status', headers: {} },
  ];
  const next = chance(20_261_121);
  const odd: unknown[] = [
    undefined,
    null,
    -1,
    1e308,
    '\u0000',
    '__proto__',
    [],
    {},
    [[]],
    true,
    'é'.repeat(500),
  ];
  const made = Array.from({ length: Math.max(0, count - byHand.length) }, () => {
    const message: Record<string, unknown> = { ...good };
    const keys = ['method', 'path', 'headers', 'body'];
    const broken = keys[Math.floor(next() * keys.length)] ?? 'method';
    message[broken] = odd[Math.floor(next() * odd.length)];
    // Where that happens to be right, something else is not.
    message[`x${Math.floor(next() * 1000)}`] = odd[Math.floor(next() * odd.length)];
    return message;
  });
  return [...byHand, ...made].slice(0, count);
}
