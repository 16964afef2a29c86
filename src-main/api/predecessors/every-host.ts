import { z } from '@hono/zod-openapi';
import { hostNameSchema } from '../../contract/ingest.ts';

/** How old clients write that every host is meant. */
export const everyHost = '*';

export const hostOrAll = z.union([z.literal(everyHost), hostNameSchema]);
