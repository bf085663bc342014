import { attribute, attributes, be32, cString } from '../../wire/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_GEN_*: the generation of the ruleset, which every transaction increments. */
export const generation = netfilterMessage(
  'generation',
  attributes('generation', { id: attribute(1, be32), pid: attribute(2, be32), processName: attribute(3, cString()) }),
);

/** NFNL_MSG_BATCH_BEGIN and NFNL_MSG_BATCH_END. */
export const batchMark = netfilterMessage('batch', attributes('batch', { generation: attribute(1, be32) }));
