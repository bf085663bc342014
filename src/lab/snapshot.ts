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
import { observe, observeMachine, readSettings } from '../observe/index.ts';
import {
  decompile,
  decompileHost,
  hostLinkName,
  topologyText,
  type Note,
  type TopologyInput,
} from '../topology/index.ts';
import { notUp } from '../store/index.ts';
import { hostParts, requireHostNamespace } from '../host/index.ts';
import { kernelHasIpv6, requirePrivilege } from '../proc/index.ts';

/** A topology of what the kernel holds. */
export interface Snapshot {
  /** What brings such a lab up. */
  readonly topology: TopologyInput & { readonly name: string };
  /** The same as a file, YAML, with the notes as comments. */
  readonly text: string;
  /** What the kernel holds and the topology does not say. */
  readonly notes: readonly Note[];
}

/** Who is told how far `snapshot()` is. */
export interface SnapshotOptions {
  /** Called after each node whose settings have been read. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The topology of a lab as the kernel holds it now, changes made by hand included; the one it was brought up with is not
 * looked at. For a lab that is as its topology says, `up` of the snapshot has nothing to do. Settings of nodes are those
 * that a namespace made now would not have; finding them, among hundreds, takes some 4 ms a node.
 * @throws NotFoundError, CapabilityError
 */
export function snapshot(lab: string, options: SnapshotOptions = {}): Snapshot {
  checkArgument('lab', lab, 'text');
  checkOptions(options, { onProgress: 'function' });
  const { onProgress } = options;
  requirePrivilege(`reading the namespaces of lab "${lab}"`);
  const labMounts = new LabMounts(lab);
  if (!existsSync(RUN_DIRECTORY) || !labMounts.mounted) throw notUp(lab);
  requireHostNamespace(lab);
  const observed = observe({ lab, host: hostParts(lab), sysctls: () => [] });
  const state = withSettings(observed, readSettings(labMounts, nodesOf(observed, lab), onProgress));
  const { topology, notes } = decompile(lab, state, { ipv6: kernelHasIpv6() });
  return { topology, notes, text: topologyText(topology, notes, [`Lab "${lab}" as it was on ${today()}.`]) };
}

const today = (): string => new Date().toISOString().slice(0, 10);

/** The nodes' namespaces, and what is known of each. */
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
 * This machine's own bridges, cables and named namespaces, made by `ip netns` or whatever else, as the topology that comes
 * closest. Text alone, to be read and reworked: brought up, it makes a lab beside them, and changes nothing of theirs.
 * What belongs to labs is left out.
 * @throws CapabilityError
 */
export function snapshotHost(): string {
  requirePrivilege("reading the machine's namespaces");
  const nodes = listNamespaces()
    .filter(({ name }) => linkTarget(namespacePath(name))?.startsWith(`${RUN_DIRECTORY}/`) !== true)
    .map(({ name }) => name)
    .filter((name) => isNamespace(namespacePath(name)));
  const state = observeMachine(nodes);
  const { links, ...host } = state.namespaces[HOST]!;
  const ofLabs = new Set(labNames().map(hostLinkName));
  const own = Object.fromEntries(Object.entries(links).filter(([name]) => !ofLabs.has(name)));
  const seen = withForwarding({ namespaces: { ...state.namespaces, [HOST]: { ...host, links: own } } });
  const { topology, notes } = decompileHost('host', seen, nodes, { ipv6: kernelHasIpv6() });
  return topologyText(topology, notes, [
    `The networks of ${hostname()} on ${today()}: not a lab, and not created by Netwright.`,
    'Bridges appear as networks, named namespaces as nodes. Bringing this up creates a similar lab, in its own',
    'namespaces; it does not change this machine. MAC addresses, and what the comments list, are omitted.',
  ]);
}

/** Says of namespaces whose links forward that they are routers. */
const withForwarding = ({ namespaces }: ObservedState): ObservedState => ({
  namespaces: Object.fromEntries(
    Object.entries(namespaces).map(([name, state]) => {
      const forwards = Object.values(state.links).some(({ inet }) => inet?.forwarding === true);
      return [name, { ...state, sysctls: forwards ? ROUTER : {} }];
    }),
  ),
});

const ROUTER = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1', 'net.ipv4.conf.all.rp_filter': '0' };
