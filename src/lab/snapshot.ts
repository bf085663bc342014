import { existsSync } from 'node:fs';
import { hostname } from 'node:os';
import { checkArgument, checkOptions } from '../base/index.ts';
import { HOST, type ObservedNamespace, type ObservedState } from '../state/index.ts';
import {
  linkTarget,
  listNamespaces,
  namespacePath,
  isNamespace,
  LabMounts,
  RUN_DIRECTORY,
  labNames,
} from '../netns/index.ts';
import { observe, observeNamespaces, readSettings } from '../observe/index.ts';
import {
  decompile,
  decompileHost,
  hostLinkName,
  topologyText,
  type Note,
  type TopologyInput,
} from '../topology/index.ts';
import { notUpError } from '../store/index.ts';
import { hostParts, requireHostNamespace } from '../host/index.ts';
import { kernelHasIpv6, requirePrivilege } from '../proc/index.ts';

/** A topology made from the kernel's state. */
export interface Snapshot {
  /** The topology: `Lab.up()` of it creates an equal lab. */
  readonly topology: TopologyInput & { readonly name: string };
  /** The topology as a YAML file, with the notes as comments. */
  readonly text: string;
  /** State of the kernel that the topology does not contain. */
  readonly notes: readonly Note[];
}

/** Options of `snapshot()`. */
export interface SnapshotOptions {
  /** Called after the settings of each node have been read, with the number of nodes that are done and that of all. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Makes a topology from the kernel's current state of a lab, including changes made by hand. Does not read the stored
 * topology. For a lab that matches its topology, `up` of the snapshot has nothing to do. The sysctl settings of a node
 * are those that differ from a new namespace: comparing hundreds of them takes about 4 ms for each node.
 * @throws NotFoundError if no such lab is up; OtherMountNamespaceError, OtherNamespaceError, CapabilityError
 * @example
 * writeFileSync('shop.yaml', snapshot('shop').text);
 */
export function snapshot(lab: string, options: SnapshotOptions = {}): Snapshot {
  checkArgument('lab', lab, 'text');
  checkOptions(options, { onProgress: 'function' });
  const { onProgress } = options;
  requirePrivilege(`reading the namespaces of lab "${lab}"`);
  const labMounts = new LabMounts(lab);
  if (!existsSync(RUN_DIRECTORY) || !labMounts.mounted) throw notUpError(lab);
  requireHostNamespace(lab);
  const observed = observe({ lab, host: hostParts(lab), sysctls: () => [] });
  const state = withSettings(observed, readSettings(labMounts, nodesOf(observed, lab), onProgress));
  const { topology, notes } = decompile(lab, state, { ipv6: kernelHasIpv6() });
  return { topology, notes, text: topologyText(topology, notes, [`Lab "${lab}" as it was on ${today()}.`]) };
}

const today = (): string => new Date().toISOString().slice(0, 10);

/** The namespaces of the nodes, with their observed state. */
const nodesOf = ({ namespaces }: ObservedState, lab: string): [name: string, state: ObservedNamespace][] =>
  Object.entries(namespaces).filter(([name]) => name !== HOST && name !== lab);

const withSettings = (
  { namespaces }: ObservedState,
  settings: ReadonlyMap<string, Readonly<Record<string, string>>>,
): ObservedState => ({
  namespaces: Object.fromEntries(
    Object.entries(namespaces).map(([name, state]) => [name, { ...state, sysctls: settings.get(name) ?? {} }]),
  ),
});

/**
 * Makes a topology from the host's own bridges, veth pairs and named network namespaces, whichever program created them
 * (`ip netns add`, for example): the closest topology that there is. Labs are left out. Bringing it up creates a
 * separate lab, and does not change the host's objects.
 * @returns a YAML file, to be read and edited
 * @throws CapabilityError without root
 */
export function snapshotHost(): string {
  requirePrivilege("reading the machine's namespaces");
  const nodes = listNamespaces()
    .filter(({ name }) => linkTarget(namespacePath(name))?.startsWith(`${RUN_DIRECTORY}/`) !== true)
    .map(({ name }) => name)
    .filter((name) => isNamespace(namespacePath(name)));
  const state = observeNamespaces(nodes);
  const { links, ...host } = state.namespaces[HOST]!;
  const linksOfLabs = new Set(labNames().map(hostLinkName));
  const own = Object.fromEntries(Object.entries(links).filter(([name]) => !linksOfLabs.has(name)));
  const observed = withForwarding({ namespaces: { ...state.namespaces, [HOST]: { ...host, links: own } } });
  const { topology, notes } = decompileHost('host', observed, nodes, { ipv6: kernelHasIpv6() });
  return topologyText(topology, notes, [
    `The networks of ${hostname()} on ${today()}: not a lab, and not created by Netwright.`,
    'Bridges appear as networks, named namespaces as nodes. Bringing this up creates a similar lab, in its own',
    'namespaces; it does not change this machine. MAC addresses, and what the comments list, are omitted.',
  ]);
}

/** Gives each namespace of which a link forwards IPv4 the settings of a router. */
const withForwarding = ({ namespaces }: ObservedState): ObservedState => ({
  namespaces: Object.fromEntries(
    Object.entries(namespaces).map(([name, state]) => {
      const forwards = Object.values(state.links).some(({ inet }) => inet?.forwarding === true);
      return [name, { ...state, sysctls: forwards ? ROUTER : {} }];
    }),
  ),
});

const ROUTER = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1', 'net.ipv4.conf.all.rp_filter': '0' };
