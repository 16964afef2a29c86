import { z } from '@hono/zod-openapi';
import { hostNameSchema } from '../../contract/ingest.ts';

/** How old clients write "every host". */
export const everyHost = '*';

export const hostOrAll = z.union([z.literal(everyHost), hostNameSchema]);
