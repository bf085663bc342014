export { checkTopology, parseTopology, variablesOf, type ParseOptions } from './checked.ts';
export {
  compile,
  subnetsOf,
  outwardParts,
  uplinkHosts,
  wantsIpv6Uplink,
  type Compiled,
  type CompiledInterface,
  type CompiledNode,
  type CompileOptions,
} from './compile.ts';
export { egressOf } from './decompile/egress.ts';
export { decompile, decompileHost, topologyText, type Decompiled, type Note } from './decompile/index.ts';
export {
  FIREWALL_TABLE,
  viewOf,
  type FirewallChainView,
  type FirewallInput,
  type FirewallRuleView,
  type FirewallView,
} from './firewall/index.ts';
export { EGRESS_TABLE, egressSet, REFUSE } from './egress.ts';
export { formatEgress, parseEgress, type EgressRule } from './egress-text.ts';
export { TopologyError, type TopologyIssue } from '../format/index.ts';
export type { Expectation } from './model.ts';
export { type FoundNat, readNat } from './nat/read.ts';
export { NAT_TABLE } from './nat/table.ts';
export { longForm, type NatLongForm } from './nat/write.ts';
export {
  emptyPublishedMap,
  firewalled,
  mergedPublications,
  noOpenPorts,
  OPEN_PORTS,
  openPorts,
  publicationOf,
  type PublishedPort,
  PUBLISH_TABLE,
  publishedElements,
  publishedMap,
  type PublishedElements,
} from './publish.ts';
export { publishedInVain } from './published-in-vain.ts';
export { parsePublication, publicationText, type Publication } from './publish-text.ts';
export type { Resolver } from './resolver.ts';
export type { Topology, TopologyInput } from './schema.ts';
export { NO_FORWARDING, switchSysctls } from './sysctls.ts';
export { leadsOut } from './uplink.ts';
export {
  HOST_LINK_PREFIX,
  hostLinkMac,
  hostLinkName,
  hostTableComment,
  hostTableName,
  LAB_TABLE,
  labOfHostTable,
  UPLINK,
} from './uplink-names.ts';
export { isVariableName, type Variables } from '../format/index.ts';
