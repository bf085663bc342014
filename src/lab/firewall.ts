import { isDeepStrictEqual } from 'node:util';
import { Lock } from '../apply/index.ts';
import { HOST, namespaceName, type TableState } from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { withSocketIn, LabMounts } from '../netns/index.ts';
import { canonicalTable, listTables, normaliseTable, Transaction } from '../nftables/index.ts';
import {
  checkTopology,
  FIREWALL_TABLE,
  hostTableName,
  firewalled,
  LAB_TABLE,
  viewOf,
  type FirewallInput,
  type FirewallView,
  type TopologyInput,
} from '../topology/index.ts';
import {
  compileHere,
  notUp,
  changedByHand,
  NotFoundError,
  noteSettings,
  putSettings,
  savedTopology,
  saveSource,
} from '../store/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { beyond, asPublished } from '../publish/index.ts';

/**
 * The firewall that the kernel holds in a node, with its counters; undefined where there is none.
 * @throws NotFoundError when it was changed by hand; SyscallError when the node is gone; NetlinkError, CapabilityError
 */
export function readFirewall(namespace: string): FirewallView | undefined {
  requirePrivilege(`reading the firewall of "${namespace}"`);
  return withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    const [table] = listTables(socket, { only: [{ family: 'inet', name: FIREWALL_TABLE }] });
    if (table === undefined) return undefined;
    const view = viewOf(table);
    if (view === undefined) throw changedByHand(FIREWALL_TABLE, namespace);
    return view;
  });
}

/** How `node.setFirewall()` waits. */
export interface SetFirewallOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 10 seconds by default. */
  readonly wait?: number;
}

/**
 * Puts a policy in the place of a node's firewall, or takes the firewall away. Packets meet the old one or the new one
 * whole, and what is established stays so. The lab's topology is changed with it, as if its file had been edited and
 * brought up: `watch` keeps the new one, and `up` of the file puts back what the file says.
 * @throws TopologyError when the policy is wrong; NotFoundError, LockedError, NetlinkError, CapabilityError
 */
export async function setFirewall(
  lab: string,
  node: string,
  policy: FirewallInput | undefined,
  { wait = 10_000 }: SetFirewallOptions = {},
): Promise<void> {
  const namespace = namespaceName({ lab, node });
  requirePrivilege(`changing the firewall of "${namespace}"`);
  using _ = await Lock.wait(lab, wait);
  const saved = savedTopology(lab);
  if (saved === undefined) throw notUp(lab);
  const value = withFirewall(saved, node, policy);
  // The guard of an uplink lets in what is published now, too.
  const { compiled } = compileHere(asPublished(checkTopology(value)));
  const { tables } = compiled.state.namespaces[namespace]!;
  withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    const transaction = new Transaction();
    // The guard of an uplink goes where a firewall comes, and comes where one goes: all at once.
    const present = listTables(socket, { only: NAMES.map((name) => ({ family: 'inet', name })) });
    for (const name of NAMES) {
      const wanted = tables[`inet ${name}`];
      const there = present.find((table) => table.name === name);
      if (wanted === undefined) {
        if (there !== undefined) transaction.deleteTable('inet', name);
      } else if (there === undefined || !isDeepStrictEqual(canonicalTable(wanted), normaliseTable(there)))
        transaction.replaceTable(wanted);
    }
    // As `up` does: whoever is ended in between leaves a topology that says what was wanted.
    const labMounts = new LabMounts(lab);
    saveSource(labMounts, { value });
    noteSettings(labMounts, compiled.state);
    try {
      transaction.commit(socket);
    } catch (error) {
      saveSource(labMounts, { value: saved });
      throw error;
    }
  });
  putSettings(new LabMounts(lab), namespace, compiled.state.namespaces[namespace]!);
  openHost(lab, compiled.state.namespaces[HOST]?.tables[`inet ${hostTableName(lab)}`]);
}

/** Has the host let through to nodes whose firewall judges what comes, and keep the rest from the others. */
function openHost(lab: string, wanted: TableState | undefined): void {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const table = { family: 'inet', name: hostTableName(lab) } as const;
  const [present] = listTables(socket, { only: [{ family: 'inet', name: table.name }] });
  const transaction = new Transaction();
  for (const name of ([4, 6] as const).map(firewalled)) {
    const [old, set] = [present?.sets[name], wanted?.sets[name]];
    if (old === undefined || set === undefined) continue;
    const [more, fewer] = [beyond(old.elements, set.elements), beyond(set.elements, old.elements)];
    if (more.length > 0) transaction.addElements(table, name, set, more);
    if (fewer.length > 0) transaction.deleteElements(table, name, set, fewer);
  }
  if (transaction.length > 0) transaction.commit(socket);
}

/** The tables in the node that a firewall has a part in. */
const NAMES = [FIREWALL_TABLE, LAB_TABLE];

function withFirewall(topology: TopologyInput, node: string, policy: FirewallInput | undefined): TopologyInput {
  const { nodes = {} } = topology;
  if (!Object.hasOwn(nodes, node)) throw new NotFoundError(`lab "${topology.name}" has no node "${node}"`);
  const { firewall: _, ...rest } = nodes[node] ?? {};
  return {
    ...topology,
    nodes: { ...nodes, [node]: { ...rest, ...(policy !== undefined && { firewall: policy }) } },
  };
}
