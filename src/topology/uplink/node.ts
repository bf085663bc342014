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

/** The set of a node's uplink table that holds the ports it publishes: the guard of its uplink lets those in. */
export const OPEN_PORTS = 'published';

export const noOpenPorts: SetState = { key: ['inet_proto', 'inet_service'], flags: [], elements: [] };

/**
 * The nftables of a node with an uplink of its own: masquerading, and a guard that lets nothing in uninvited but to the
 * ports that the node publishes. Where the node's firewall says what may come in, that is what counts.
 * @param filtered the hooks where the node's firewall judges packets
 * @param open the elements of {@link OPEN_PORTS}
 */
export function nodeUplinkTable(
  { internet }: WiredNode,
  filtered: readonly string[],
  open: readonly SetElement[],
): Record<string, TableState> {
  const guard = rule('what comes in by the uplink', match('iifname', '==', UPLINK), { jump: GUARD });
  const guarded = (['input', 'forward'] as const).filter((hook) => !filtered.includes(hook));
  if (!internet && guarded.length === 0) return {};
  const chains = {
    ...(internet && {
      postrouting: postrouting(rule('out through the uplink', match('oifname', '==', UPLINK), masquerade)),
    }),
    ...Object.fromEntries(guarded.map((hook) => [hook, filter(hook, guard)])),
    ...(guarded.length > 0 && {
      [GUARD]: {
        rules: [
          acceptEstablished,
          rule('published ports', match('meta l4proto . th dport', 'in', { set: OPEN_PORTS }), accept),
          rule('what IPv6 needs (RFC 4890)', match('icmpv6 type', '==', oneOf(ESSENTIAL_ICMPV6)), accept),
          rule('nothing comes in uninvited', drop),
        ],
      },
    }),
  };
  const sets = guarded.length > 0 ? { [OPEN_PORTS]: { ...noOpenPorts, elements: open } } : {};
  return inetTable(LAB_TABLE, chains, undefined, sets);
}

/** The chain of a node's uplink table that judges what comes in by it. */
const GUARD = 'uplink';
