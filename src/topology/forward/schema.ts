import * as v from 'valibot';
import { strict } from '../../format/index.ts';

const flowtable = v.pipe(
  v.boolean(),
  v.description('Whether packets of connections that the rules have let through pass the rules by'),
);

const forward = v.pipe(
  v.union([v.boolean(), strict({ flowtable: v.optional(flowtable) })]),
  v.description('Whether the node routes packets of others, and how'),
);

/** The key `forward` of a node. */
export const forwardKey = v.optional(forward);

/** Whether `forward` asks for a flowtable. */
export const asksForFlowtable = (input: v.InferOutput<typeof forward> | undefined): boolean =>
  typeof input === 'object' && input.flowtable === true;
