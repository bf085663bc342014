import type { Mac } from '../addr/index.ts';
import type {
  AddressState,
  InetConf,
  LinkOptions,
  LinkState,
  NamespaceIdentity,
  NamespaceName,
  NeighbourState,
  PortOptions,
  RouteState,
  RuleState,
  ServiceState,
  SetElement,
  SetState,
  TableState,
} from '../state/index.ts';

/**
 * One step from the state that is to the state that is wanted. Plans are lists of these, in the order in which they must
 * be taken; `apply` takes them, and nothing else changes the kernel.
 */
export type Operation =
  | CreateNamespace
  | DeleteNamespace
  | CreateLink
  | ChangeLink
  | DeleteLink
  | AddAddress
  | DeleteAddress
  | AddRoute
  | DeleteRoute
  | AddRule
  | DeleteRule
  | AddNeighbour
  | DeleteNeighbour
  | SetSysctl
  | AddTable
  | ChangeElements
  | DeleteTable
  | SetFiles
  | StartService
  | AwaitService
  | StopService;

interface In {
  readonly namespace: NamespaceName;
}

/** Makes and pins a namespace. */
export interface CreateNamespace extends In {
  readonly op: 'create-namespace';
  readonly owner: NamespaceIdentity;
  /** Whether it forwards IPv4 (net.ipv4.ip_forward): a new one begins with what the host has. */
  readonly forwarding: boolean;
}

/** Takes a namespace's name away; the kernel removes what is in it. */
export interface DeleteNamespace extends In {
  readonly op: 'delete-namespace';
}

/** Makes a link; of a veth both ends, the other with its name, MAC address and MTU, and down. */
export interface CreateLink extends In {
  readonly op: 'create-link';
  readonly name: string;
  readonly link: LinkState;
  readonly peer?: { readonly namespace: NamespaceName; readonly name: string; readonly link: LinkState };
  /** Why an existing link of that name goes first: `its kind is dummy, not veth`. */
  readonly replaces?: string;
}

/** What of a link is to be otherwise; absent is as it is. */
export interface LinkChange {
  readonly up?: boolean;
  readonly mtu?: number;
  readonly mac?: Mac;
  /** The empty string takes it out of its master. */
  readonly master?: string;
  readonly addAltNames?: readonly string[];
  readonly deleteAltNames?: readonly string[];
  readonly inet?: InetConf;
  readonly addrGenMode?: NonNullable<LinkState['addrGenMode']>;
  readonly options?: LinkOptions;
  readonly port?: PortOptions;
}

export interface ChangeLink extends In {
  readonly op: 'change-link';
  readonly name: string;
  /** The kind, which options are encoded by. */
  readonly kind: string;
  readonly change: LinkChange;
}

export interface DeleteLink extends In {
  readonly op: 'delete-link';
  readonly name: string;
}

export interface AddAddress extends In {
  readonly op: 'add-address';
  readonly link: string;
  readonly address: AddressState;
}

export interface DeleteAddress extends In {
  readonly op: 'delete-address';
  readonly link: string;
  readonly address: AddressState;
}

export interface AddRoute extends In {
  readonly op: 'add-route';
  readonly route: RouteState;
  /** Takes the place of the route of the same destination, table and metric, without a gap. */
  readonly replace: boolean;
}

export interface DeleteRoute extends In {
  readonly op: 'delete-route';
  readonly route: RouteState;
}

export interface AddRule extends In {
  readonly op: 'add-rule';
  readonly rule: RuleState;
}

export interface DeleteRule extends In {
  readonly op: 'delete-rule';
  readonly rule: RuleState;
}

export interface AddNeighbour extends In {
  readonly op: 'add-neighbour';
  readonly neighbour: NeighbourState;
}

export interface DeleteNeighbour extends In {
  readonly op: 'delete-neighbour';
  readonly neighbour: NeighbourState;
}

export interface SetSysctl extends In {
  readonly op: 'set-sysctl';
  readonly key: string;
  readonly value: string;
}

/** Makes a table with all that is in it, in one transaction. */
export interface AddTable extends In {
  readonly op: 'add-table';
  readonly table: TableState;
  /** Takes the place of the table of that name, without a gap. */
  readonly replace: boolean;
}

/** Takes elements out of a set or a map and puts others in, in one transaction: what else is in it is not disturbed. */
export interface ChangeElements extends In {
  readonly op: 'change-elements';
  readonly table: Pick<TableState, 'family' | 'name'>;
  readonly name: string;
  /** What the set is. Its elements are not looked at. */
  readonly set: SetState;
  readonly remove: readonly SetElement[];
  readonly add: readonly SetElement[];
}

export interface DeleteTable extends In {
  readonly op: 'delete-table';
  readonly table: Pick<TableState, 'family' | 'name'>;
}

/** Puts these files, and no others, under /etc/netns/NAME of namespaces that had the same until now, or none. */
export interface SetFiles {
  readonly op: 'set-files';
  readonly namespaces: readonly NamespaceName[];
  readonly files: Readonly<Record<string, string>>;
}

interface OfService extends In {
  readonly name: string;
  readonly service: ServiceState;
}

/** Starts a program that stays, in the place of what is left of one of its name. */
export interface StartService extends OfService {
  readonly op: 'start-service';
}

/** Waits until a service that runs is ready. */
export interface AwaitService extends OfService {
  readonly op: 'await-service';
}

/** Ends a service with all of its processes. */
export interface StopService extends OfService {
  readonly op: 'stop-service';
}
