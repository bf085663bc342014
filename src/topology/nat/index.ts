export { natTables } from './compile.ts';
export type { ModelNat } from './model.ts';
export { NatReadBack } from './read-back.ts';
export { type FoundNat, readNat } from './read.ts';
export { type NatNode, resolveNat } from './resolve.ts';
export { natKey } from './schema.ts';
export { natSysctls } from './sysctls.ts';
export { NAT_TABLE } from './table.ts';
export { longForm, type NatLongForm } from './write.ts';
