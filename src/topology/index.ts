export { checkTopology, parseTopology } from './checked.ts';
export {
  compile,
  subnetsOf,
  uplinkHosts,
  type Compiled,
  type CompiledInterface,
  type CompiledNode,
  type CompileOptions,
} from './compile.ts';
export { decompile, decompileHost, topologyText, type Decompiled, type Note } from './decompile/index.ts';
export { TopologyError, type TopologyIssue } from './error.ts';
export type { Expectation } from './model.ts';
export { readNat, type FoundNat } from './nat/read.ts';
export { NAT_TABLE } from './nat/table.ts';
export { longForm, type NatLongForm } from './nat/write.ts';
export type { Topology, TopologyInput } from './schema.ts';
export { hostLinkMac, hostLinkName, hostTableComment, hostTableName } from './uplink-names.ts';
