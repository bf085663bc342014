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

/** A topology with its references resolved and its addresses given out: what the states of namespaces are made of. */
export interface Model {
  readonly lab: string;
  readonly networks: readonly Segment[];
  readonly nodes: readonly ModelNode[];
  readonly nodeByName: ReadonlyMap<string, ModelNode>;
  /** Networks first, then cables. */
  readonly segments: readonly Segment[];
  readonly egress: Egress;
  readonly expectations: readonly Expectation[];
  /** Names besides the nodes' own, by name. */
  readonly hosts: readonly NamedHost[];
  readonly warnings: readonly string[];
}

/** A node with what its keys come to. */
export interface ModelNode extends WiredNode, ModelServices {
  /** Whether connections that its rules have let through pass them by. */
  readonly flowtable: boolean;
  /** The user's. */
  readonly routes: readonly ModelRoute[];
  readonly nat: Nat | undefined;
  /** The user's. */
  readonly sysctls: Settings;
  readonly firewall: Policy | undefined;
  /** Ports of the host's that lead to it. Undefined where nothing is said, empty where some are to be added. */
  readonly publish: readonly Publication[] | undefined;
  /** Names that it alone knows, by name. */
  readonly hosts: readonly NamedHost[];
}
