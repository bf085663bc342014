import { SyscallError } from '../ffi/index.ts';
import { NETLINK_NETFILTER, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { listChains, rulesMention } from '../nftables/index.ts';
import { legacyForwardDrops } from './iptables-legacy.ts';
import { iptablesTables } from '../proc/index.ts';
import { HOST_LINK_PREFIX } from '../topology/index.ts';

/** A forward chain of the host's firewall that drops packets by default, and so the internet traffic of labs. */
export interface ForwardBlocker {
  /** Family and name: `ip filter`; `iptables-legacy filter` for a table that is not in nftables. */
  readonly table: string;
  readonly chain: string;
  /** The program that owns the chain, if known, and a command that accepts packets of labs. */
  readonly hint: string;
}

/** The blocking chains of this thread's network namespace; none if the firewall cannot be read. */
export function hostForwardBlockers(): ForwardBlocker[] {
  try {
    return findForwardBlockers();
  } catch (error) {
    if (error instanceof NetlinkError || error instanceof SyscallError) return [];
    throw error;
  }
}

/** The same. @throws NetlinkError, SyscallError if the firewall cannot be read */
export function findForwardBlockers(): ForwardBlocker[] {
  return [...nftablesBlockers(), ...legacyBlockers()];
}

function nftablesBlockers(): ForwardBlocker[] {
  using socket = NetlinkSocket.open(NETLINK_NETFILTER);
  const chains = listChains(socket);
  const drops = chains.filter(({ table, name, base }) => {
    if (base?.hook !== 'forward' || !['ip', 'ip6', 'inet'].includes(table.family)) return false;
    // The policy of firewalld's chain is accept, but its last rule rejects everything.
    return base.policy === 'drop' || (table.name === 'firewalld' && name === 'filter_FORWARD');
  });
  return drops.flatMap(({ table, name }) => {
    if (rulesMention(socket, table, HOST_LINK_PREFIX)) return [];
    const siblings = new Set(
      chains
        .filter((chain) => chain.table.family === table.family && chain.table.name === table.name)
        .map((chain) => chain.name),
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
    `nft insert rule ${family} ${table} ${chain} ${direction} "${HOST_LINK_PREFIX}*" accept`;
  return `${rule('iifname')} && ${rule('oifname')}`;
}

const iptablesFix = (iptables: string, chain: string): string =>
  `${iptables} -I ${chain} -i ${HOST_LINK_PREFIX}+ -j ACCEPT && ${iptables} -I ${chain} -o ${HOST_LINK_PREFIX}+ -j ACCEPT`;

function legacyBlockers(): ForwardBlocker[] {
  return ([4, 6] as const).flatMap((version) => {
    // Reading a table that does not exist would load its module and create it.
    if (!iptablesTables(version).includes('filter') || !legacyForwardDrops(version, HOST_LINK_PREFIX)) return [];
    const iptables = version === 4 ? 'iptables-legacy' : 'ip6tables-legacy';
    return [{ table: `${iptables} filter`, chain: 'FORWARD', hint: iptablesFix(iptables, 'FORWARD') }];
  });
}
