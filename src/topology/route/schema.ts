import * as v from 'valibot';
import { text } from '../../format/index.ts';
import { parseRoute } from './text.ts';

/** The key `routes` of a node. */
export const routesKey = v.optional(
  v.array(text(parseRoute, 'A route as for `ip route`: 10.99.0.0/16 via 10.30.0.77')),
);
