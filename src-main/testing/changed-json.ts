import fc from 'fast-check';

const pieces = [
  ...['"', '{', '}', ',', ':', '[', ']', '0', '-', '.', 'e5', '1e5', 'true', 'null', '""'],
  ...['"at":1,', '"a":"b",', ' ', '\\', '\u00e9', 'x', ''],
];

/** A text of JSON in which, so often at most, a piece was put in the place of so many characters at most; seldom JSON any more. */
export function changedJson(text: string, changesAtMost: number, outAtMost: number): fc.Arbitrary<string> {
  const change = fc.record({
    ...{ at: fc.nat(text.length), out: fc.nat(outAtMost) },
    put: fc.constantFrom(...pieces),
  });
  return fc
    .array(change, { minLength: 1, maxLength: changesAtMost })
    .map((changes) =>
      changes.reduce(
        (changed, { at, out, put }) => changed.slice(0, at) + put + changed.slice(at + out),
        text,
      ),
    );
}
