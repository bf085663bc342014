import type { Ip } from '../addr/index.ts';
import { PRIORITY, type ChainState, type NftRuleState, type TableState } from '../state/index.ts';
import type { Nat } from './model.ts';
import { prefixIn, prefixOut } from './prefix-rules.ts';
import { Rules } from './rules.ts';
import { addressMap, setsOf } from './sets.ts';

/*
 * A NAT in nftables. The kernel's own translation keeps a port for each connection; what RFC 4787 asks for is kept here,
 * for UDP and for TCP, in maps that the packets themselves fill, and let stay:
 *
 *   udp-out      inside endpoint (and whom it talks to, as the mapping depends on it) → outside port
 *   udp-in       outside port → inside endpoint
 *   udp-ports    the outside ports of udp-in: kernels before 6.7 look nothing up in a map but for what it has
 *   udp-peers    outside port and address that was sent to, where the filter asks for it
 *   udp-drawn    inside endpoints whose port was drawn by lot, until it is known to be nobody else's
 *
 * A connection's first packet is translated as udp-out says (chain `translate`). One that is not there yet is given its
 * own port, or one of a few computed of it, if udp-ports does not have it; or else one by lot. What port it came to is put
 * into the maps after that (chain `remember`), and by every later packet again. What comes from outside and belongs to no
 * connection is let in as udp-in and udp-peers say (chain `prerouting`), or dropped in silence.
 */

export const NAT_TABLE = 'netwright-nat';

/** Before those of others at nft's priorities dstnat and srcnat: who translates first has it. */
const BEFORE_DSTNAT = PRIORITY.dstnat - 1;
const BEFORE_SRCNAT = PRIORITY.srcnat - 1;
/** After sources have been translated. */
const AFTER_SRCNAT = PRIORITY.srcnat + 1;
/** After everything else. */
const LAST = 300;

/**
 * The table of a NAT whose shared address is `address`. In the words that the kernel gives back, so that {@link readNat}
 * can tell whether it is this, and nothing else.
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
