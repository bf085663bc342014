export { readBackEgress, type FoundEgress } from './read-back.ts';
export { type Egress, resolveEgress } from './resolve.ts';
export { egressKey } from './schema.ts';
export { EGRESS_TABLE, egressSet, egressTable, REFUSE_CHAIN } from './table.ts';
export { type EgressRule, formatEgress, parseEgress } from './text.ts';
