import { attribute, attributes, be32, cString } from '../../wire/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_GEN_*: the generation of the whole ruleset, which every transaction raises. */
export const generation = netfilterMessage(
  'generation',
  attributes('generation', { id: attribute(1, be32), pid: attribute(2, be32), processName: attribute(3, cString()) }),
);

/** What begins and ends a batch: a header alone. */
export const batchMark = netfilterMessage('batch', attributes('batch', { generation: attribute(1, be32) }));
