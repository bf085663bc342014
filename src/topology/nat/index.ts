export { natTables } from './compile.ts';
export { NatReadBack } from './read-back.ts';
export { type NatNode, resolveNat } from './resolve.ts';
export { natKey } from './schema.ts';
