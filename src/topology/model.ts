import type { Nat } from '../nat/index.ts';
import type { Egress } from './egress/index.ts';
import type { Expectation } from './expect/index.ts';
import type { Policy } from './firewall/index.ts';
import type { NamedHost } from './hosts/index.ts';
import type { Publication } from './publish/index.ts';
import type { ModelRoute } from './route/index.ts';
import type { ModelServices } from './services/index.ts';
import type { Settings } from './sysctl/index.ts';
import type { Segment, WiredNode } from './wiring/index.ts';

/** A topology with resolved references and assigned addresses: the input of the compiler. */
export interface Model {
  readonly lab: string;
  readonly networks: readonly Segment[];
  readonly nodes: readonly ModelNode[];
  readonly nodeByName: ReadonlyMap<string, ModelNode>;
  /** Networks first, then cables. */
  readonly segments: readonly Segment[];
  readonly egress: Egress;
  readonly expectations: readonly Expectation[];
  /** Additional host names, sorted by name. */
  readonly hosts: readonly NamedHost[];
  readonly warnings: readonly string[];
}

/** A node with the resolved values of its keys. */
export interface ModelNode extends WiredNode, ModelServices {
  /** Whether a flowtable forwards established connections past the nftables rules. */
  readonly flowtable: boolean;
  /** The routes of the key `routes`. */
  readonly routes: readonly ModelRoute[];
  readonly nat: Nat | undefined;
  /** The settings of the key `sysctls`. */
  readonly sysctls: Settings;
  readonly firewall: Policy | undefined;
  /** Ports of the host that are forwarded to the node; empty if ports are only added later, undefined if never. */
  readonly publish: readonly Publication[] | undefined;
  /** Host names that only this node resolves, sorted by name. */
  readonly hosts: readonly NamedHost[];
}
