import { beforeEach, expect, test } from 'vitest';
import type { Route, RouteEvent } from '../../src-main/contract/route.ts';
import { overwriteGetLocale } from '../paraglide/runtime.js';
import { possibleEvents, routeWords } from './route-words.ts';

beforeEach(() => overwriteGetLocale(() => 'en'));

const all: RouteEvent[] = ['firing', 'recovery', 'reminder'];
const said = (route: Route, events = all) => routeWords(route, events, (id) => `“${id}”`);

test.each<[Route, string]>([
  [{}, 'All alerts, reminders of them, and when they are over.'],
  [
    { severities: ['critical'], hosts: ['db-*', '!db-9'], events: ['firing', 'recovery'] },
    'Critical alerts on db-*, !db-9, and when they are over.',
  ],
  [{ severities: ['warning', 'critical'], events: ['firing'] }, 'All alerts, not when they are over.'],
  [{ tags: ['production'], events: ['recovery'] }, 'All alerts tagged production: only when they are over.'],
  [
    { severities: ['warning'], rules: ['a', 'b'], events: ['firing', 'reminder'] },
    'Warnings of “a”, “b” and reminders of them, not when they are over.',
  ],
  [{ events: ['reminder'] }, 'All alerts: only reminders.'],
])('%j', (route, words) => {
  expect(said(route)).toBe(words);
});

test('says when it is quiet', () => {
  const quietHours = [{ start: '22:00', end: '07:00', zone: 'UTC', criticalBreaksThrough: true }];
  expect(said({ quietHours })).toMatch(/ over\. Quiet 22:00–07:00\.$/);
});

test('knows what can be told at all', () => {
  const schemaOf = (items: string[], over: boolean) => ({
    properties: {
      route: { properties: { events: { items: { enum: items } } } },
      onResolve: { default: over },
    },
  });
  expect(possibleEvents(schemaOf(all, true), undefined)).toEqual(all);
  expect(possibleEvents(schemaOf(['firing', 'recovery'], false), undefined)).toEqual(['firing']);
  expect(possibleEvents(schemaOf(all, true), false)).toEqual(['firing', 'reminder']);
});
