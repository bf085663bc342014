import { SyscallError } from '../ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { familyName } from '../nftables/families.ts';
import { chain as chainMessage } from '../nftables/schema/chain.ts';
import { NFT_MSG_GETCHAIN, NFT_MSG_GETRULE } from '../nftables/schema/constants.ts';
import { rule as ruleMessage } from '../nftables/schema/rule.ts';
import { legacyForwardDrops } from './iptables-legacy.ts';
import { iptablesTables } from '../proc/index.ts';

/** A chain of the host's firewall that drops what it is not told to forward, and so a lab's traffic to the internet. */
export interface ForwardBlocker {
  /** Family and name: `ip filter`; `iptables-legacy filter` for one that is no table of nftables. */
  readonly table: string;
  readonly chain: string;
  /** Whose it is, and what lets a lab through. */
  readonly hint: string;
}

/** What every lab's link to the host begins with. */
const OURS = 'nw-';

const NF_INET_FORWARD = 2;
const NF_DROP = 0;

/** Those of this thread's namespace; none where the firewall cannot be read. */
export function hostForwardBlockers(): ForwardBlocker[] {
  try {
    return findForwardBlockers();
  } catch (error) {
    if (error instanceof NetlinkError || error instanceof SyscallError) return [];
    throw error;
  }
}

/** @throws NetlinkError, SyscallError */
export function findForwardBlockers(): ForwardBlocker[] {
  return [...nftablesBlockers(), ...legacyBlockers()];
}

function nftablesBlockers(): ForwardBlocker[] {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const value = { family: 0, version: 0, resourceId: 0 };
  const chains = socket.dump(
    { type: NFT_MSG_GETCHAIN, codec: chainMessage, value, operation: 'list the chains' },
    chainMessage,
  );
  const drops = chains.filter(({ family = 0, table, name, hook, policy }) => {
    if (hook?.number !== NF_INET_FORWARD || !['ip', 'ip6', 'inet'].includes(familyName(family) ?? '')) return false;
    // firewalld's lets pass what no rule refuses, but its last rule refuses everything.
    return policy === NF_DROP || (table === 'firewalld' && name === 'filter_FORWARD');
  });
  return drops.flatMap(({ family = 0, table = '', name = '' }) => {
    if (mentions(socket, family, table, OURS)) return [];
    const word = familyName(family)!;
    const siblings = new Set(
      chains.filter((one) => one.family === family && one.table === table).map((one) => one.name),
    );
    return [{ table: `${word} ${table}`, chain: name, hint: hintFor(word, table, name, siblings) }];
  });
}

function hintFor(family: string, table: string, chain: string, siblings: ReadonlySet<string | undefined>): string {
  const iptables = family === 'ip6' ? 'ip6tables' : 'iptables';
  if (table === 'firewalld') {
    return 'firewalld: firewall-cmd --zone=trusted --add-interface=nw-LAB, with the interface of the lab in place of nw-LAB';
  }
  if (siblings.has('DOCKER-USER')) return `Docker: ${iptablesFix(iptables, 'DOCKER-USER')}`;
  if (siblings.has('ufw-before-forward') || siblings.has('ufw6-before-forward')) {
    return `ufw: ufw route allow in on nw-LAB && ufw route allow out on nw-LAB, with the interface of the lab in place of nw-LAB`;
  }
  if (chain === 'FORWARD') return iptablesFix(iptables, 'FORWARD');
  const rule = (direction: string): string =>
    `nft insert rule ${family} ${table} ${chain} ${direction} "${OURS}*" accept`;
  return `${rule('iifname')} && ${rule('oifname')}`;
}

const iptablesFix = (iptables: string, chain: string): string =>
  `${iptables} -I ${chain} -i ${OURS}+ -j ACCEPT && ${iptables} -I ${chain} -o ${OURS}+ -j ACCEPT`;

/** Whether a rule of a table speaks of interfaces that begin so: then someone has seen to them. */
function mentions(socket: NetlinkSocket, family: number, table: string, text: string): boolean {
  let found = false;
  const value = { family, version: 0, resourceId: 0, table };
  socket.dumpRaw(
    { type: NFT_MSG_GETRULE, codec: ruleMessage, value, operation: `list the rules of table ${table}` },
    (from, start, end) => {
      found ||= Buffer.from(from.u8.buffer, from.u8.byteOffset + start, end - start).includes(text);
    },
    () => {
      found = false;
    },
  );
  return found;
}

function legacyBlockers(): ForwardBlocker[] {
  return ([4, 6] as const).flatMap((version) => {
    // Asking for a table that is not there would load it.
    if (!iptablesTables(version).includes('filter') || !legacyForwardDrops(version, OURS)) return [];
    const iptables = version === 4 ? 'iptables-legacy' : 'ip6tables-legacy';
    return [{ table: `${iptables} filter`, chain: 'FORWARD', hint: iptablesFix(iptables, 'FORWARD') }];
  });
}
