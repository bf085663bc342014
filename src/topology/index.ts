export { checkTopology, parseTopology } from './checked.ts';
export {
  compile,
  subnetsOf,
  uplinkHosts,
  wantsIpv6Uplink,
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
export {
  emptyPublishedMap,
  mergedPublications,
  publicationOf,
  PUBLISH_TABLE,
  publishedElements,
  publishedMap,
  type PublishedElements,
} from './publish.ts';
export { parsePublication, publicationText, type Publication } from './publish-text.ts';
export type { Topology, TopologyInput } from './schema.ts';
export { hostLinkMac, hostLinkName, hostTableComment, hostTableName, UPLINK } from './uplink-names.ts';
