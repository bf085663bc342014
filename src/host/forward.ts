import { SyscallError } from '../ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { listChains, rulesMention } from '../nftables/index.ts';
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
  const chains = listChains(socket);
  const drops = chains.filter(({ table, name, base }) => {
    if (base?.hook !== 'forward' || !['ip', 'ip6', 'inet'].includes(table.family)) return false;
    // firewalld's lets pass what no rule refuses, but its last rule refuses everything.
    return base.policy === 'drop' || (table.name === 'firewalld' && name === 'filter_FORWARD');
  });
  return drops.flatMap(({ table, name }) => {
    if (rulesMention(socket, table, OURS)) return [];
    const siblings = new Set(
      chains.filter((one) => one.table.family === table.family && one.table.name === table.name).map((one) => one.name),
    );
    const hint = hintFor(table.family, table.name, name, siblings);
    return [{ table: `${table.family} ${table.name}`, chain: name, hint }];
  });
}

function hintFor(family: string, table: string, chain: string, siblings: ReadonlySet<string>): string {
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

function legacyBlockers(): ForwardBlocker[] {
  return ([4, 6] as const).flatMap((version) => {
    // Asking for a table that is not there would load it.
    if (!iptablesTables(version).includes('filter') || !legacyForwardDrops(version, OURS)) return [];
    const iptables = version === 4 ? 'iptables-legacy' : 'ip6tables-legacy';
    return [{ table: `${iptables} filter`, chain: 'FORWARD', hint: iptablesFix(iptables, 'FORWARD') }];
  });
}
