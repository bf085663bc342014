import { addressOf, familyOf, type Ip } from '../addr/index.ts';
import { Notes, TopologyError, yamlText, type Note } from '../format/index.ts';
import { HOST, nodeOf, type NamespaceName, type ObservedState } from '../state/index.ts';
import { checkTopology, modelOf } from './checked.ts';
import { Description, type DecompileContext } from './description.ts';
import { layoutOf, type Place } from './layout/index.ts';
import { hostLinkName, hostTableName } from './names.ts';
import { NatReadBack } from './nat/index.ts';
import { readBackPublications } from './publish/index.ts';
import type { NodeInput, TopologyInput } from './schema.ts';
import type { UplinkGateways } from './uplink/index.ts';

export interface Decompiled {
  readonly topology: TopologyInput & { readonly name: string };
  /** What the state holds and the topology does not say. */
  readonly notes: readonly Note[];
}

export interface DecompileOptions {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
}

/**
 * The topology that compiles to a lab's state: {@link compile} backwards. It says no more than it must: addresses, MAC
 * addresses, names and routes that would come out the same are left out. Pure.
 *
 * What a topology cannot say is noted, and left out. Of a state that a topology was compiled to nothing is, but what
 * leaves no trace in a kernel: `expect`, the subnet of a network that nobody is on, and a gateway that nobody uses.
 */
export function decompile(lab: string, state: ObservedState, { ipv6 }: DecompileOptions): Decompiled {
  const uplink = state.namespaces[HOST]?.links[hostLinkName(lab)]?.addresses ?? [];
  const host: { -readonly [F in keyof UplinkGateways]: Ip } = {};
  for (const { address, scope } of uplink) if (scope !== 'link') host[familyOf(address)] ??= addressOf(address);
  const nodes = Object.keys(state.namespaces).filter((name) => name !== HOST && name !== lab);
  const place = { state, switches: lab, nodes, nodeName: (name: NamespaceName) => nodeOf(name) ?? name };
  const { sets } = state.namespaces[HOST]?.tables[`inet ${hostTableName(lab)}`] ?? { sets: {} };
  const hosts = state.namespaces[lab]?.files['hosts'];
  return describe(lab, place, { ipv6, host, macs: true, published: readBackPublications(sets), hosts });
}

/**
 * The topology that comes closest to what a machine holds, whoever made it: bridges of the host as networks, namespaces
 * as nodes. MAC addresses are nobody's choice there, and left out; a bridge with an address counts as a way out.
 * @param nodes the namespaces that are described
 */
export function decompileHost(
  name: string,
  state: ObservedState,
  nodes: readonly NamespaceName[],
  { ipv6 }: DecompileOptions,
): Decompiled {
  const somewhere = { 4: '192.0.2.1' as Ip, 6: '2001:db8::1' as Ip };
  const place = { state, switches: HOST, nodes, nodeName: (namespace: NamespaceName) => namespace };
  return describe(name, place, { ipv6, host: somewhere, macs: false, published: () => [], hosts: undefined });
}

function describe(lab: string, place: Place, context: DecompileContext): Decompiled {
  let problem: string | undefined;
  // Addresses that look like those of a subnet may have been written one by one, where a subnet would not be allowed.
  for (const bare of [false, true]) {
    const notes = new Notes();
    const layout = layoutOf(place, notes);
    const nats = new NatReadBack(layout.nodes);
    let topology = new Description(lab, layout, context, notes, bare, nats).topology();
    try {
      topology = withNat(topology, nats);
      checkTopology(topology);
      return { topology, notes: notes.list };
    } catch (error) {
      if (!(error instanceof TopologyError)) throw error;
      problem ??= error.message;
      if (bare) {
        notes.add([], `this cannot be brought up as it is: ${problem}`);
        return { topology, notes: notes.list };
      }
    }
  }
  throw new TypeError('unreachable');
}

/** A topology with the NATs of its nodes. They are said last: what is inside and outside may follow from all other keys. */
function withNat<T extends TopologyInput>(topology: T, nats: NatReadBack): T {
  const keys = nats.keys(modelOf(checkTopology(topology)).nodeByName);
  if (keys.size === 0) return topology;
  const nodes = Object.entries(topology.nodes ?? {}).map(([name, node]): [string, NodeInput | null] => {
    const nat = keys.get(name);
    return [name, nat === undefined ? node : { ...node, ...nat }];
  });
  return { ...topology, nodes: Object.fromEntries(nodes) };
}

/**
 * A topology as a file: one line for what fits on one, and a comment above what a note is about.
 * @param title the comment that the file begins with
 */
export const topologyText = (topology: TopologyInput, notes: readonly Note[], title: readonly string[] = []): string =>
  yamlText(topology, notes, title);
