import * as v from 'valibot';
import { text } from '../../format/index.ts';
import { parseEgress } from './text.ts';

/** The key `egress` of a network. */
export const egressKey = v.optional(
  v.pipe(
    v.array(text(parseEgress, 'HOST[:PORT[-PORT]][/PROTOCOL], such as 10.0.0.0/8:5432/tcp')),
    v.description('The only destinations that a network with "internet" can reach; all when absent'),
  ),
);
