import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { separateSecrets, withPlainSecrets } from './plain-secrets.ts';

describe('secrets in clear', () => {
  it('become references that say where they stood, and end in a mark of their own', () => {
    const { content, secrets } = separateSecrets({
      destinations: [
        { name: 'mail', password: { plain: 'one' }, headers: { 'X-Key': { plain: 'two' } } },
        { kind: 'slack', webhookUrl: { plain: 'three' } },
      ],
    });
    const names = [...secrets.keys()];
    expect(names).toEqual([
      expect.stringMatching(/^destinations\/mail\/password#[0-9a-f]{8}$/),
      expect.stringMatching(/^destinations\/mail\/headers\/X-Key#[0-9a-f]{8}$/),
      expect.stringMatching(/^destinations\/1\/webhookUrl#[0-9a-f]{8}$/),
    ]);
    expect(content).toEqual({
      destinations: [
        { name: 'mail', password: { secret: names[0] }, headers: { 'X-Key': { secret: names[1] } } },
        { kind: 'slack', webhookUrl: { secret: names[2] } },
      ],
    });
    expect([...separateSecrets({ a: { plain: 'one' } }).secrets.keys()]).not.toEqual([
      ...separateSecrets({ a: { plain: 'one' } }).secrets.keys(),
    ]);
  });

  it('with the longest names still have one that the settings allow', () => {
    const { secrets } = separateSecrets([
      { name: 'x'.repeat(200), headers: { ['y'.repeat(500)]: { plain: 'z' } } },
    ]);
    expect([...secrets.keys()].map((name) => name.length < 300)).toEqual([true]);
  });

  it('are headers that are called as secrets, too, with whatever stands in them', () => {
    const headers = { Accept: 'text/plain', Authorization: 'Bearer one', 'X-Empty-Key': '' };
    const { content, secrets } = separateSecrets({ sources: [{ name: 'web', headers }] });
    const [[name, secret] = ['', '']] = secrets;
    expect([name, secret, secrets.size]).toEqual([
      expect.stringMatching(/^sources\/web\/headers\/Authorization#/),
      'Bearer one',
      1,
    ]);
    expect(content).toEqual({
      sources: [{ name: 'web', headers: { ...headers, Authorization: { secret: name } } }],
    });
  });

  it('are only what is marked as such: everything else stays as it is', () => {
    const content = { a: { plain: 5 }, b: { plain: 'x', more: 1 }, c: 'plain', d: [null, { secret: 's' }] };
    expect(separateSecrets(content)).toEqual({ content, secrets: new Map() });
  });

  it('come back out of their references, and nothing else changes', () => {
    const leaf = fc.oneof(
      fc.string(),
      fc.integer(),
      fc.constant(null),
      fc.record({ plain: fc.string() }),
      fc.record({ env: fc.string() }),
    );
    const document = fc.letrec((tie) => ({
      node: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('node')), fc.dictionary(fc.string(), tie('node'))),
    })).node;
    fc.assert(
      fc.property(document, (original) => {
        const { content, secrets } = separateSecrets(original);
        expect(withPlainSecrets(content, secrets)).toEqual(original);
        expect(separateSecrets(content).secrets.size).toBe(0);
      }),
    );
  });
});
