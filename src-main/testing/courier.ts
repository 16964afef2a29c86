import { z } from 'zod';
import { PlimsollError } from '../contract/error.ts';
import { secretReferenceSchema } from '../contract/secret.ts';
import { defineDestination } from '../deliveries/destination-kind.ts';

/** A destination that says its secret aloud, to whoever listens and in its receipt, as a careless server would. */
export const courier = defineDestination({
  kind: 'courier',
  title: 'Courier',
  description: 'Exists in tests only.',
  role: 'announce',
  options: z.strictObject({
    /** What becomes of it: it `arrives`, it is `refused`, or it `hangs`; `nowhere` is found out when it is saved. */
    fate: z.enum(['arrives', 'refused', 'hangs', 'nowhere']).default('arrives'),
    password: secretReferenceSchema.optional(),
    padding: z.int().default(0),
  }),
  check({ fate }) {
    return fate === 'nowhere'
      ? Promise.reject(
          new PlimsollError('invalid_settings', 'There is no way there.', {
            problems: [{ path: 'fate', message: 'there is no way there' }],
          }),
        )
      : Promise.resolve();
  },
  open: ({ fate, password, padding }, { secret, trace }) => ({
    async deliver(message) {
      const said = password === undefined ? 'nothing' : await secret(password);
      trace?.(`> ${'.'.repeat(padding)}AUTH PLAIN ${Buffer.from(`\0me\0${said}`).toString('base64')}`);
      trace?.(`< 235 ${said} for ${message.alert.ruleName}`);
      if (fate === 'hangs') await new Promise<never>(() => undefined);
      if (fate === 'refused') throw new PlimsollError('unauthorized', `${said} is not the password.`);
      return `Took ${said}.`;
    },
  }),
});
