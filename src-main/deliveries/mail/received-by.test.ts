import { expect, it } from 'vitest';
import { ReceivedBy } from './received-by.ts';

const to = ['a@x', 'b@x', 'c@x'];
const refusal = (address: string, reply: string) => ({ address, reply, isPermanent: reply.startsWith('5') });

it('asks again only for those who may still get it', () => {
  const received = new ReceivedBy();
  const ledger = received.of('first', to);
  expect(ledger.open).toEqual(to);
  ledger.note({
    accepted: ['a@x'],
    refused: [refusal('b@x', '550 unknown'), refusal('c@x', '450 greylisted')],
    reply: '250 as 1',
  });
  expect(ledger.open).toEqual(['c@x']);
  expect(() => ledger.receipt('mail:25')).toThrow(
    'mail:25 accepted it for a@x: 250 as 1. mail:25 refused b@x (550 unknown), c@x (450 greylisted). Tried again for c@x.',
  );

  const again = received.of('first', to);
  again.note({ accepted: ['c@x'], refused: [], reply: '250 as 2' });
  expect(again.open).toEqual([]);
  expect(again.receipt('mail:25')).toBe(
    'Warning: not everybody got it. mail:25 accepted it for a@x, c@x: 250 as 1; 250 as 2. mail:25 refused b@x (550 unknown).',
  );
});

it('is a failure when nobody gets it, and worth another attempt while somebody may', () => {
  const ledger = new ReceivedBy().of('first', ['a@x', 'b@x']);
  const problem = () => {
    try {
      return ledger.receipt('mail:25');
    } catch (thrown) {
      return thrown;
    }
  };
  ledger.note({
    accepted: [],
    refused: [refusal('a@x', '550 no'), refusal('b@x', '452 too many')],
    reply: '',
  });
  expect(problem()).toMatchObject({ code: 'too_many_requests', retry: true });
  ledger.note({ accepted: [], refused: [refusal('b@x', '550 no')], reply: '' });
  expect(problem()).toMatchObject({
    code: 'forbidden',
    retry: false,
    message: expect.stringContaining('refused a@x (550 no), b@x (550 no). Check the addresses'),
  });
});

it('remembers a hundred messages', () => {
  const received = new ReceivedBy();
  const note = (id: string) => received.of(id, to).note({ accepted: to, refused: [], reply: '250' });
  for (let index = 0; index < 101; index++) note(String(index));
  expect(received.of('1', to).open).toEqual([]);
  expect(received.of('0', to).open).toEqual(to);
});
