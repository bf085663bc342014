/** The messages of nf_tables (linux/netfilter/nf_tables.h). */
export { chain } from './chain.ts';
export { type ElementMessage, elements } from './elements.ts';
export { flowtable, type FlowtableMessage } from './flowtable.ts';
export { batchMark, generation } from './generation.ts';
export { expressionList, listedRule, rule } from './rule.ts';
export { set, type SetMessage } from './set.ts';
export { table } from './table.ts';
export { trace } from './trace.ts';
