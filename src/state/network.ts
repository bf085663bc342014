import type { NamespaceIdentity, NamespaceName } from './identity.ts';
import type { LinkState } from './link.ts';
import type { TableState } from './nftables.ts';
import type { NeighbourState, ObservedRoute, RouteState, RuleState } from './route.ts';
import type { ObservedService, ServiceState } from './service.ts';

/**
 * The one description of a set of networks: what a topology compiles to, and what a plan leads to. Plain data: it prints as
 * JSON and compares by value. What the kernel holds is an {@link ObservedState}, which says the same in the same words.
 */
export interface NetworkState {
  readonly namespaces: Readonly<Record<NamespaceName, NamespaceState>>;
}

/** What a network namespace is to hold. */
export interface NamespaceState {
  /** Whose the namespace is: known by where it is pinned. Absent on the host. */
  readonly owner?: NamespaceIdentity;
  /** By interface name. */
  readonly links: Readonly<Record<string, LinkState>>;
  readonly routes: readonly RouteState[];
  readonly rules: readonly RuleState[];
  /** Permanent entries only. */
  readonly neighbours: readonly NeighbourState[];
  /** By name with dots, as sysctl(8) prints it (`/` inside a component becomes `.` and the other way round). */
  readonly sysctls: Readonly<Record<string, string>>;
  /** By family and name: `inet filter`. */
  readonly tables: Readonly<Record<string, TableState>>;
  /** What `/etc/netns/NAME/` holds, by file name: bind-mounted over `/etc` for programs run in the namespace. */
  readonly files: Readonly<Record<string, string>>;
  /** Programs that are kept in the namespace, by name; absent where there are none. */
  readonly services?: Readonly<Record<string, ServiceState>>;
}

/** A namespace that holds nothing at all, not even a loopback. */
export const EMPTY_NAMESPACE: NamespaceState = {
  links: {},
  routes: [],
  rules: [],
  neighbours: [],
  sysctls: {},
  tables: {},
  files: {},
};

/** What the kernel holds of a set of networks. */
export interface ObservedState {
  readonly namespaces: Readonly<Record<NamespaceName, ObservedNamespace>>;
}

/** What a network namespace holds. */
export interface ObservedNamespace extends NamespaceState {
  readonly routes: readonly ObservedRoute[];
  readonly services?: Readonly<Record<string, ObservedService>>;
}
