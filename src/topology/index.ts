export { checkTopology, parseTopology, variablesOf, type ParseOptions } from './checked.ts';
export { compile, type Compiled, type CompiledInterface, type CompiledNode, type CompileOptions } from './compile.ts';
export { decompile, decompileHost, type Decompiled, topologyText } from './decompile.ts';
export {
  EGRESS_TABLE,
  readBackEgress,
  type EgressRule,
  egressSet,
  formatEgress,
  parseEgress,
  REFUSE_CHAIN,
} from './egress/index.ts';
export type { Expectation } from './expect/index.ts';
export { externalParts, blockedPublications, subnetsOf, uplinkAddressCount, wantsIpv6Uplink } from './facts.ts';
export {
  FIREWALL_TABLE,
  type FirewallChainView,
  type FirewallInput,
  type FirewallRuleView,
  type FirewallView,
  viewOf,
} from './firewall/index.ts';
export type { Resolver } from './hosts/index.ts';
export {
  HOST_LINK_PREFIX,
  HOST_PORT,
  hostLinkMac,
  hostLinkName,
  hostTableComment,
  hostTableName,
  LAB_TABLE,
  labOfHostTable,
  PUBLISH_TABLE,
  UPLINK,
} from './names.ts';
export {
  emptyPublishedMap,
  firewalledSetName,
  mergedPublications,
  openPorts,
  parsePublication,
  type Publication,
  publicationOf,
  publicationText,
  type PublishedElements,
  publishedElements,
  publishedMapName,
  type PublishedPort,
} from './publish/index.ts';
export type { Topology, TopologyInput } from './schema.ts';
export { NO_FORWARDING, labNamespaceSysctls } from './sysctl/index.ts';
export { allowsOutbound, emptyOpenPorts, OPEN_PORTS } from './uplink/index.ts';
export { isVariableName, type Note, TopologyError, type TopologyIssue, type Variables } from '../format/index.ts';
