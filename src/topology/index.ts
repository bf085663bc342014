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
export { EGRESS_TABLE, egressSet, REFUSE } from './egress.ts';
export { formatEgress, parseEgress, type EgressRule } from './egress-text.ts';
export { TopologyError, type TopologyIssue } from './error.ts';
export type { Expectation } from './model.ts';
export type { Topology, TopologyInput } from './schema.ts';
export { hostLinkMac, hostLinkName, hostTableComment, hostTableName } from './uplink-names.ts';
