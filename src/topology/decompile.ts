import { addressOf, familyOf, type Ip } from '../addr/index.ts';
import { Notes, TopologyError, yamlText, type Note } from '../format/index.ts';
import { HOST, nodeOf, type NamespaceName, type ObservedState } from '../state/index.ts';
import { checkTopology, modelOf } from './checked.ts';
import { Description, type DecompileContext } from './description.ts';
import { layoutOf, type LayoutSource } from './layout/index.ts';
import { hostLinkName, hostTableName } from './names.ts';
import { NatReadBack } from './nat/index.ts';
import { readBackPublications } from './publish/index.ts';
import type { NodeInput, TopologyInput } from './schema.ts';
import type { UplinkGateways } from './uplink/index.ts';

export interface Decompiled {
  readonly topology: TopologyInput & { readonly name: string };
  /** Parts of the state that the topology leaves out. */
  readonly notes: readonly Note[];
}

export interface DecompileOptions {
  /** Whether the kernel has IPv6. */
  readonly ipv6: boolean;
}

/**
 * Returns a topology that compiles to a lab's state: the inverse of {@link compile}. It is minimal: addresses, MAC
 * addresses, names and routes that `compile` derives anyway are left out. Pure.
 *
 * State that a topology cannot express is left out, with a note. For a state that `compile` made, the only losses are
 * things that the kernel does not store: `expect`, the subnet of a network without members, and an unused gateway.
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
 * Returns the topology that is closest to the network configuration of a host, whoever made it: bridges in the host's
 * namespace become networks, and network namespaces become nodes. MAC addresses are left out, since they are usually
 * random. A bridge with an address becomes a network with `internet`.
 * @param nodes the namespaces that become nodes
 */
export function decompileHost(
  name: string,
  state: ObservedState,
  nodes: readonly NamespaceName[],
  { ipv6 }: DecompileOptions,
): Decompiled {
  const documentationAddresses = { 4: '192.0.2.1' as Ip, 6: '2001:db8::1' as Ip };
  const place = { state, switches: HOST, nodes, nodeName: (namespace: NamespaceName) => namespace };
  return describe(name, place, {
    ipv6,
    host: documentationAddresses,
    macs: false,
    published: () => [],
    hosts: undefined,
  });
}

function describe(lab: string, place: LayoutSource, context: DecompileContext): Decompiled {
  let problem: string | undefined;
  // Addresses in one subnet can also be explicit ones on a network without a subnet. Try that if a subnet is invalid.
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
        notes.add([], `this topology cannot be brought up unchanged: ${problem}`);
        return { topology, notes: notes.list };
      }
    }
  }
  throw new TypeError('unreachable');
}

/** Adds the key `nat` to the nodes. Comes last: the default inside and outside interfaces depend on all other keys. */
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
 * Returns a topology as YAML text: a value that fits on one line is on one line, and each note is a comment above the
 * key that it is about.
 * @param title the lines of the comment at the beginning of the file
 */
export const topologyText = (topology: TopologyInput, notes: readonly Note[], title: readonly string[] = []): string =>
  yamlText(topology, notes, title);
