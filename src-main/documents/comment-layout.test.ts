import { expect, test } from 'vitest';
import { readYamlDocument } from './yaml-document.ts';
import { editedYaml } from './yaml-write.ts';

function edited(text: string, before: unknown, after: unknown): string {
  const bytes = Buffer.from(text);
  return Buffer.from(editedYaml(bytes, readYamlDocument(bytes), before, after)).toString();
}

test('a comment after an entry that was commented out stays where it stands', () => {
  const text = `list:
  - a: 1

  # - a: 2
  #   b: 3

# What comes next.
next: 4
`;
  const before = { list: [{ a: 1 }], next: 4 };
  expect(edited(text, before, { ...before, next: 5 })).toBe(text.replace('next: 4', 'next: 5'));
});

test('text that only looks like a comment keeps its meaning', () => {
  const text = `a: |
    # not a comment
    x
# not a comment
b: 1
`;
  const before = { a: '# not a comment\nx\n', b: 1 };
  const written = edited(text, before, { ...before, b: 2 });
  expect(readYamlDocument(Buffer.from(written)).content).toEqual({ ...before, b: 2 });
});
