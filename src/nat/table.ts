import type { Ip } from '../addr/index.ts';
import { PRIORITY, type ChainState, type NftRuleState, type TableState } from '../state/index.ts';
import type { Nat } from './model.ts';
import { prefixIn, prefixOut } from './prefix-rules.ts';
import { Rules } from './rules.ts';
import { addressMap, setsOf } from './sets.ts';

/*
 * A NAT in nftables. The kernel's own NAT has a port for each connection. RFC 4787 needs mappings that outlive
 * connections: these are kept, for UDP and for TCP, in sets and maps that rules update for each packet:
 *
 *   udp-out      inside endpoint (and destination, if the mapping depends on it) → outside port
 *   udp-in       outside port → inside endpoint
 *   udp-ports    the outside ports of udp-in, since kernels before 6.7 cannot match whether a map has a key
 *   udp-peers    outside ports, and the addresses that packets were sent to, for address-dependent filtering
 *   udp-drawn    inside endpoints with a random port, until the port is known to be free
 *
 * The first packet of a connection gets the port in udp-out (chain `translate`). Without an entry, it keeps its own
 * port or gets one of a few computed from it, if udp-ports does not contain that port; otherwise it gets a random port.
 * After the translation its port is recorded (chain `remember`); each later packet refreshes the entries. A packet from
 * outside that belongs to no connection is accepted according to udp-in and udp-peers (chain `prerouting`), or dropped
 * without a reply.
 */

export const NAT_TABLE = 'netwright-nat';

/** Before other chains at the priorities dstnat and srcnat: the first chain that translates a connection wins. */
const BEFORE_DSTNAT = PRIORITY.dstnat - 1;
const BEFORE_SRCNAT = PRIORITY.srcnat - 1;
/** After the translation of sources. */
const AFTER_SRCNAT = PRIORITY.srcnat + 1;
/** After all other chains. */
const LAST = 300;

/**
 * The table of a NAT with the shared address `address`. It is in the form of the kernel's dump, so that {@link readNat}
 * can compare the two.
 */
export function natTable(nat: Nat, address: Ip): TableState {
  const { policy, oneToOne, prefixes } = nat;
  const table = new Rules(nat, address);
  return {
    family: 'inet',
    name: NAT_TABLE,
    chains: {
      prerouting: base('nat', 'prerouting', BEFORE_DSTNAT, table.prerouting()),
      postrouting: base('nat', 'postrouting', BEFORE_SRCNAT, table.postrouting()),
      translate: { rules: table.translate() },
      after: base('filter', 'postrouting', AFTER_SRCNAT, table.after()),
      remember: { rules: table.remember() },
      keep: { rules: table.keep() },
      input: base('filter', 'input', 0, table.input()),
      forward: base('filter', 'forward', 0, table.forward()),
      ...(prefixes.size > 0 && {
        'prefix-in': base('filter', 'prerouting', PRIORITY.raw, prefixIn(nat)),
        'prefix-out': base('filter', 'postrouting', LAST, prefixOut(nat)),
      }),
    },
    sets: {
      ...(oneToOne.size > 0 && {
        'outside-of': addressMap(oneToOne),
        'inside-of': addressMap(new Map([...oneToOne].map(([inside, outside]) => [outside, inside]))),
      }),
      ...setsOf('udp', nat, policy.udpTimeout),
      ...setsOf('tcp', nat, policy.tcpTimeout),
    },
  };
}

const base = (
  type: 'nat' | 'filter',
  hook: NonNullable<ChainState['base']>['hook'],
  priority: number,
  rules: readonly NftRuleState[],
): ChainState => ({ base: { type, hook, priority, policy: 'accept' }, rules });
