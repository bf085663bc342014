export {
  HOST,
  namespaceName,
  nodeOf,
  parseNamespaceName,
  type NamespaceIdentity,
  type NamespaceName,
} from './identity.ts';
export type { NamespaceState, NetworkState } from './network.ts';
export { ONLY_SERVICE, type Readiness, type RestartPolicy, type ServiceState, type StopState } from './service.ts';
export {
  type AddressState,
  type Inet6Conf,
  type InetConf,
  IPV6_MIN_MTU,
  type LinkKind,
  type LinkOptions,
  type LinkState,
  type PortOptions,
} from './link.ts';
export type { NeighbourState, NexthopState, RouteState, RouteType, RuleState } from './route.ts';
export type {
  ChainState,
  Computed,
  Field,
  FlowtableState,
  FromPacket,
  MapLookup,
  MatchOperator,
  MatchValue,
  NatFlags,
  NatTarget,
  NftRuleState,
  PacketElement,
  RawField,
  Selector,
  SetElement,
  SetState,
  SetWord,
  Statement,
  TableFamily,
  TableState,
} from './nftables.ts';
