import * as v from 'valibot';
import { strict } from '../../format/index.ts';

const flowtable = v.pipe(
  v.boolean(),
  v.description('Whether a flowtable forwards packets of established connections past the rules'),
);

const forward = v.pipe(
  v.union([v.boolean(), strict({ flowtable: v.optional(flowtable) })]),
  v.description('Whether the node forwards packets, and how'),
);

/** The key `forward` of a node. */
export const forwardKey = v.optional(forward);

/** Whether `forward` asks for a flowtable. */
export const asksForFlowtable = (input: v.InferOutput<typeof forward> | undefined): boolean =>
  typeof input === 'object' && input.flowtable === true;
