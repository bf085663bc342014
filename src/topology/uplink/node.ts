import {
  accept,
  acceptEstablished,
  drop,
  ESSENTIAL_ICMPV6,
  filter,
  inetTable,
  masquerade,
  match,
  oneOf,
  postrouting,
  rule,
  type SetElement,
  type SetState,
  type TableState,
} from '../../state/index.ts';
import { LAB_TABLE, UPLINK } from '../names.ts';
import type { WiredNode } from '../wiring/index.ts';

/** The set of the ports that a node publishes, in its uplink table: the chain {@link GUARD} accepts them. */
export const OPEN_PORTS = 'published';

export const emptyOpenPorts: SetState = { key: ['inet_proto', 'inet_service'], flags: [], elements: [] };

/**
 * The nftables table of a node with an uplink: masquerading, and a filter that accepts new connections from the uplink
 * only to ports that the node publishes. In hooks where the node has a firewall, that replaces the filter.
 * @param filtered the hooks of the node's firewall
 * @param open the elements of {@link OPEN_PORTS}
 */
export function nodeUplinkTable(
  { internet }: WiredNode,
  filtered: readonly string[],
  open: readonly SetElement[],
): Record<string, TableState> {
  const guard = rule('packets from the uplink', match('iifname', '==', UPLINK), { jump: GUARD });
  const guarded = (['input', 'forward'] as const).filter((hook) => !filtered.includes(hook));
  if (!internet && guarded.length === 0) return {};
  const chains = {
    ...(internet && {
      postrouting: postrouting(rule('packets to the uplink', match('oifname', '==', UPLINK), masquerade)),
    }),
    ...Object.fromEntries(guarded.map((hook) => [hook, filter(hook, guard)])),
    ...(guarded.length > 0 && {
      [GUARD]: {
        rules: [
          acceptEstablished,
          rule('published ports', match('meta l4proto . th dport', 'in', { set: OPEN_PORTS }), accept),
          rule('essential ICMPv6 (RFC 4890)', match('icmpv6 type', '==', oneOf(ESSENTIAL_ICMPV6)), accept),
          rule('no other packets from the uplink', drop),
        ],
      },
    }),
  };
  const sets = guarded.length > 0 ? { [OPEN_PORTS]: { ...emptyOpenPorts, elements: open } } : {};
  return inetTable(LAB_TABLE, chains, undefined, sets);
}

/** The chain of a node's uplink table for packets from the uplink. */
const GUARD = 'uplink';
