import { expect, it } from 'vitest';
import type { Delivery } from '../../src-main/contract/delivery.ts';
import { newestMessages } from './destination-log.svelte.ts';

const delivery = (id: string, messageId: string | null): Delivery => ({
  ...{ id, messageId, together: 1, destination: 'mail', alertId: 'a', transition: 'firing', state: 'sent' },
  ...{ attempts: 1, createdAt: 0, nextAt: null, finishedAt: 1, receipt: null, error: null },
});

it('shows a message of many deliveries once, and one that went by itself as well', () => {
  const shown = newestMessages([
    delivery('d5', null),
    delivery('d4', 'm1'),
    delivery('d3', 'm1'),
    delivery('d2', 'd2'),
    delivery('d1', 'm1'),
  ]);
  expect(shown.map(({ id }) => id)).toEqual(['d5', 'd4', 'd2']);
  const many = Array.from({ length: 30 }, (_, index) => delivery(`x${index}`, null));
  expect(newestMessages(many)).toHaveLength(10);
});
