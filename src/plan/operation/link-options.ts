import type { LinkOptions, PortOptions } from '../../state/index.ts';

/** What ip-link(8) calls an option, where that is not the schema's name with underscores. */
type Names = Readonly<Record<string, string>>;

const MULTICAST: Names = {
  multicastRouter: 'mcast_router',
  multicastSnooping: 'mcast_snooping',
  multicastQueryUseIfaddr: 'mcast_query_use_ifaddr',
  multicastQuerier: 'mcast_querier',
  multicastHashElasticity: 'mcast_hash_elasticity',
  multicastHashMax: 'mcast_hash_max',
  multicastLastMemberCount: 'mcast_last_member_count',
  multicastStartupQueryCount: 'mcast_startup_query_count',
  multicastLastMemberInterval: 'mcast_last_member_interval',
  multicastMembershipInterval: 'mcast_membership_interval',
  multicastQuerierInterval: 'mcast_querier_interval',
  multicastQueryInterval: 'mcast_query_interval',
  multicastQueryResponseInterval: 'mcast_query_response_interval',
  multicastStartupQueryInterval: 'mcast_startup_query_interval',
  multicastStatsEnabled: 'mcast_stats_enabled',
  multicastIgmpVersion: 'mcast_igmp_version',
  multicastMldVersion: 'mcast_mld_version',
};

const PORT: Names = {
  ...MULTICAST,
  protect: 'root_block',
  fastLeave: 'fastleave',
  unicastFlood: 'flood',
  multicastFlood: 'mcast_flood',
  multicastToUnicast: 'mcast_to_unicast',
  broadcastFlood: 'bcast_flood',
  multicastMaxGroups: 'mcast_max_groups',
};

const VXLAN: Names = {
  group: 'group',
  group6: 'group',
  link: 'dev',
  local6: 'local',
  limit: 'maxaddress',
  port: 'dstport',
  udpCsum: 'udpcsum',
  udpZeroCsum6Tx: 'udp6zerocsumtx',
  udpZeroCsum6Rx: 'udp6zerocsumrx',
  remCsumTx: 'remcsumtx',
  remCsumRx: 'remcsumrx',
  collectMetadata: 'external',
  vniFilter: 'vnifilter',
  localBypass: 'localbypass',
  label: 'flowlabel',
};

const KINDS: Readonly<Record<string, Names>> = { bridge: MULTICAST, vxlan: VXLAN };

/** The interface below: said before the kind. */
const BELOW = 'link';
const STANDING_ON_ANOTHER = new Set(['vlan', 'macvlan', 'ipvlan']);

/** `link eth0` for kinds that stand on another interface. */
export function lowerLink(kind: string, options: LinkOptions = {}): (string | number)[] {
  const below = options[BELOW];
  return below === undefined || typeof below === 'boolean' || !STANDING_ON_ANOTHER.has(kind) ? [] : ['link', below];
}

/** What comes after `type KIND`. */
export function optionWords(kind: string, options: LinkOptions = {}): (string | number)[] {
  const names = KINDS[kind] ?? {};
  return Object.entries(options).flatMap(([name, value]) => {
    if (name === BELOW && STANDING_ON_ANOTHER.has(kind)) return [];
    const word = names[name] ?? snakeCase(name);
    if (typeof value !== 'boolean') return [word, value];
    // A vxlan's switches are words of their own.
    if (kind === 'vxlan') return [value ? word : `no${word}`];
    return [word, value ? 1 : 0];
  });
}

/** What comes after `type bridge_slave`. */
export const portWords = (port: PortOptions): (string | number)[] =>
  Object.entries(port).flatMap(([name, value]) => [
    PORT[name] ?? snakeCase(name),
    typeof value === 'boolean' ? (value ? 'on' : 'off') : value,
  ]);

const snakeCase = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
