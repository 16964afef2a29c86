import { expect, test } from 'vitest';
import { KeySequence } from './keys.ts';

const press = (key: string, timeStamp = 0, more: object = {}) => ({
  key,
  timeStamp,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  target: null,
  ...more,
});

test('g and a letter go to a view, if they follow each other', () => {
  const keys = new KeySequence();
  expect(keys.take(press('g', 0), false)).toBeNull();
  expect(keys.take(press('r', 500), false)).toEqual({ do: 'go', view: 'rules' });
  expect(keys.take(press('r', 600), false)).toBeNull();
  keys.take(press('g', 1000), false);
  expect(keys.take(press('o', 9000), false)).toBeNull();
  keys.take(press('g', 9500), false);
  expect(keys.take(press('a', 9600), false)).toEqual({ do: 'go', view: 'alerts' });
  keys.take(press('g', 10_000), false);
  expect(keys.take(press('j', 10_100), false)).toEqual({ do: 'step', by: 1 });
});

test('a and s alone speak to an alert', () => {
  const keys = new KeySequence();
  expect(keys.take(press('a'), false)).toEqual({ do: 'acknowledge' });
  expect(keys.take(press('s'), false)).toEqual({ do: 'snooze' });
});

test('fields and dialogs keep their keys, the palette opens everywhere', () => {
  const keys = new KeySequence();
  expect(keys.take(press('j', 0, { target: { tagName: 'INPUT', type: 'text' } }), false)).toBeNull();
  expect(keys.take(press('j', 0, { target: { tagName: 'INPUT', type: 'checkbox' } }), false)).not.toBeNull();
  expect(keys.take(press('?'), true)).toBeNull();
  const inField = press('k', 0, { metaKey: true, target: { tagName: 'TEXTAREA' } });
  expect(keys.take(inField, true)).toEqual({ do: 'palette' });
});
