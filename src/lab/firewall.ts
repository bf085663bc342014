import { execute, Kernel, Lock } from '../apply/index.ts';
import { EMPTY_NAMESPACE, HOST, namespaceName, type NamespaceState, type NetworkState } from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkSocket } from '../netlink/index.ts';
import { withSocketIn, LabMounts } from '../netns/index.ts';
import { listTables, normaliseTable } from '../nftables/index.ts';
import { interfaceOf, type Operation } from '../plan/index.ts';
import {
  checkTopology,
  FIREWALL_TABLE,
  hostTableName,
  firewalledSetName,
  LAB_TABLE,
  viewOf,
  type FirewallInput,
  type FirewallView,
  type TopologyInput,
} from '../topology/index.ts';
import {
  compileForHost,
  notUpError,
  changedByHandError,
  NotFoundError,
  saveSettingNames,
  currentSettings,
  difference,
  savedTopology,
  saveSource,
} from '../store/index.ts';
import { requirePrivilege } from '../proc/index.ts';
import { withPublishedPorts } from '../publish/index.ts';

/**
 * Reads the firewall of a node from the kernel, with its counters; undefined if the node has none.
 * @throws NotFoundError if the table was changed by hand; SyscallError if the node no longer exists; NetlinkError,
 *   CapabilityError
 */
export function readFirewall(namespace: string): FirewallView | undefined {
  requirePrivilege(`reading the firewall of "${namespace}"`);
  return withSocketIn(namespace, NETLINK_NETFILTER, (socket) => {
    const [table] = listTables(socket, { only: [{ family: 'inet', name: FIREWALL_TABLE }] });
    if (table === undefined) return undefined;
    const view = viewOf(table);
    if (view === undefined) throw changedByHandError(FIREWALL_TABLE, namespace);
    return view;
  });
}

/** Options of `node.setFirewall()`. */
export interface SetFirewallOptions {
  /** How long to wait for another process that is changing the lab, in milliseconds; 10000 by default. */
  readonly wait?: number;
}

/**
 * Replaces or removes the firewall of a node in one nftables transaction: each packet meets either the old policy or
 * the new one. Established connections continue. The stored topology changes too, as if its file had been edited and
 * brought up: `watch` maintains the new policy, and `up` of the file restores that of the file.
 * @throws TopologyError if the policy is invalid; NotFoundError, LockedError, NetlinkError, CapabilityError
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
  if (saved === undefined) throw notUpError(lab);
  const value = withFirewall(saved, node, policy);
  // The uplink's filter must also accept the ports that are published now.
  const { compiled } = compileForHost(withPublishedPorts(checkTopology(value)));
  const labMounts = new LabMounts(lab);
  const operations = planFirewall(labMounts, namespace, compiled.state);
  // Stored first, as `up` does: if this process is killed in between, the stored topology is the required one.
  saveSource(labMounts, { value });
  saveSettingNames(labMounts, compiled.state);
  const kernel = new Kernel(labMounts);
  try {
    await execute(kernel, operations, { done: 0 });
  } catch (error) {
    saveSource(labMounts, { value: saved });
    throw error;
  } finally {
    kernel.close();
  }
}

/**
 * The node's tables that a firewall affects. A firewall replaces the filter of an uplink, which returns when it is
 * removed.
 */
const AFFECTED_TABLES = [FIREWALL_TABLE, LAB_TABLE];

/** The operations for the tables and settings that a firewall affects: nothing else is compared with `state`. */
function planFirewall(labMounts: LabMounts, namespace: string, state: NetworkState): Operation[] {
  const wanted = state.namespaces[namespace]!;
  const present = withSocketIn(namespace, NETLINK_NETFILTER, (socket) => tablesNow(socket, AFFECTED_TABLES));
  const sysctls = currentSettings(labMounts, namespace, wanted);
  const keys = AFFECTED_TABLES.map((name) => `inet ${name}`).filter((key) => wanted.tables[key] !== undefined);
  const tables = Object.fromEntries(keys.map((key) => [key, wanted.tables[key]!]));
  const general = Object.fromEntries(Object.entries(wanted.sysctls).filter(([key]) => interfaceOf(key) === undefined));
  const host = hostStates(labMounts.lab, state.namespaces[HOST]);
  const operations = difference(
    {
      namespaces: {
        [namespace]: { ...EMPTY_NAMESPACE, tables, sysctls: general },
        ...(host && { [HOST]: host.wanted }),
      },
    },
    {
      namespaces: {
        [namespace]: { ...EMPTY_NAMESPACE, tables: present, sysctls },
        ...(host && { [HOST]: host.actual }),
      },
    },
  );
  return atomically(operations, namespace, tables);
}

const tablesNow = (socket: NetlinkSocket, names: readonly string[]): NamespaceState['tables'] =>
  Object.fromEntries(
    listTables(socket, { only: names.map((name) => ({ family: 'inet', name })) }).map((table) => [
      `inet ${table.name}`,
      normaliseTable(table),
    ]),
  );

/**
 * The host's states before and after. They differ only in the sets of nodes whose own firewall filters what arrives via
 * the uplink: the host does not filter packets to these nodes.
 */
function hostStates(
  lab: string,
  wanted: NamespaceState | undefined,
): { readonly wanted: NamespaceState; readonly actual: NamespaceState } | undefined {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const tables = tablesNow(socket, [hostTableName(lab)]);
  const key = `inet ${hostTableName(lab)}`;
  const [present, target] = [tables[key], wanted?.tables[key]];
  if (present === undefined || target === undefined) return undefined;
  const names = ([4, 6] as const).map(firewalledSetName).filter((name) => name in present.sets && name in target.sets);
  const sets = { ...present.sets, ...Object.fromEntries(names.map((name) => [name, target.sets[name]!])) };
  return {
    wanted: { ...EMPTY_NAMESPACE, tables: { [key]: { ...present, sets } } },
    actual: { ...EMPTY_NAMESPACE, tables },
  };
}

/**
 * Replaces the whole firewall table where more than one of its maps changes, so that no packet meets a mix of both
 * policies.
 */
function atomically(
  operations: readonly Operation[],
  namespace: string,
  tables: NamespaceState['tables'],
): Operation[] {
  const changes = operations.filter(
    (op) => op.op === 'change-elements' && op.namespace === namespace && op.table.name === FIREWALL_TABLE,
  );
  const table = tables[`inet ${FIREWALL_TABLE}`];
  if (changes.length < 2 || table === undefined) return [...operations];
  return [{ op: 'add-table', namespace, table, replace: true }, ...operations.filter((op) => !changes.includes(op))];
}

function withFirewall(topology: TopologyInput, node: string, policy: FirewallInput | undefined): TopologyInput {
  const { nodes = {} } = topology;
  if (!Object.hasOwn(nodes, node)) throw new NotFoundError(`lab "${topology.name}" has no node "${node}"`);
  const { firewall: _, ...rest } = nodes[node] ?? {};
  return {
    ...topology,
    nodes: { ...nodes, [node]: { ...rest, ...(policy !== undefined && { firewall: policy }) } },
  };
}
