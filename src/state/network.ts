import type { NamespaceIdentity, NamespaceName } from './identity.ts';
import type { LinkState } from './link.ts';
import type { TableState } from './nftables.ts';
import type { NeighbourState, ObservedRoute, RouteState, RuleState } from './route.ts';
import type { ObservedService, ServiceState } from './service.ts';

/**
 * The complete description of a set of networks. A topology compiles to it, and a plan leads to it. Plain data, which
 * can be serialized as JSON and compared by value. The state of the kernel is an {@link ObservedState}, of the same
 * form.
 */
export interface NetworkState {
  readonly namespaces: Readonly<Record<NamespaceName, NamespaceState>>;
}

/** The wanted contents of a network namespace. */
export interface NamespaceState {
  /** The lab and node of the namespace, which follow from the path where it is pinned. Absent on the host. */
  readonly owner?: NamespaceIdentity;
  /** By interface name. */
  readonly links: Readonly<Record<string, LinkState>>;
  readonly routes: readonly RouteState[];
  readonly rules: readonly RuleState[];
  /** Permanent entries only. */
  readonly neighbours: readonly NeighbourState[];
  /** By name with dots, as sysctl(8) prints it: a dot inside a component becomes a slash. */
  readonly sysctls: Readonly<Record<string, string>>;
  /** By family and name: `inet filter`. */
  readonly tables: Readonly<Record<string, TableState>>;
  /** The files in `/etc/netns/NAME/`, by name: bind-mounted over those in `/etc` for programs in the namespace. */
  readonly files: Readonly<Record<string, string>>;
  /** Services in the namespace, by name; absent if there are none. */
  readonly services?: Readonly<Record<string, ServiceState>>;
}

/** A namespace without any contents, not even a loopback interface. */
export const EMPTY_NAMESPACE: NamespaceState = {
  links: {},
  routes: [],
  rules: [],
  neighbours: [],
  sysctls: {},
  tables: {},
  files: {},
};

/** The state of a set of networks in the kernel. */
export interface ObservedState {
  readonly namespaces: Readonly<Record<NamespaceName, ObservedNamespace>>;
}

/** The actual contents of a network namespace. */
export interface ObservedNamespace extends NamespaceState {
  readonly routes: readonly ObservedRoute[];
  readonly services?: Readonly<Record<string, ObservedService>>;
}
