import { z } from 'zod';
import { secretReferenceSchema } from './secret.ts';

/** The PostgreSQL database that stores history in place of the data directory. */
export const databaseSchema = z
  .strictObject({
    host: z.string().min(1).max(300).default('localhost').meta({
      title: 'Server',
      description: 'A name, an address, or the folder of its socket, such as /var/run/postgresql.',
    }),
    port: z.int().min(1).max(65_535).default(5432).meta({ title: 'Port' }),
    name: z.string().min(1).max(63).meta({ title: 'Database' }),
    user: z.string().min(1).max(63).meta({ title: 'User' }),
    password: secretReferenceSchema.optional().meta({
      title: 'Password',
      description: 'Where it is to be found; none for a server that needs none.',
    }),
    tls: z.boolean().optional().meta({
      title: 'TLS',
      description:
        'Whether the connection is encrypted and the certificate of the server checked. Without it, yes for all but this machine.',
    }),
    authorityFile: z.string().min(1).max(1000).optional().meta({
      title: 'Authority',
      description:
        'A PEM file with certificates that the one of the server may be signed by, relative to the folder of the settings.',
    }),
  })
  .optional()
  .meta({
    id: 'Database',
    title: 'Database',
    description: 'PostgreSQL 15 or later, for hubs of large fleets. Read at the start.',
  });
export type DatabaseSettings = NonNullable<z.infer<typeof databaseSchema>>;
