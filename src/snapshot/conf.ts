import type { NetlinkSocket } from '../netlink/index.ts';
import { getLinks } from '../rtnetlink/index.ts';

/*
 * Netlink tells of each interface nearly all that has a file in net.ipv4.conf and net.ipv6.conf, all of it at once, where a
 * file each takes thirty times as long. Some of it is in other units than in the file: so it is only compared. Two
 * interfaces of which netlink tells the same have the same in their files.
 */

/** What netlink tells of the settings of an interface in one family. */
export interface ToldConf {
  /** The folder of their files. */
  readonly path: string;
  /** All of it: the same for interfaces that have the same settings. */
  readonly text: string;
  /** Whether it tells of the setting that a file is called after. */
  covers(name: string): boolean;
}

/** Places in the kernel's array by files: IPV4_DEVCONF_* of linux/ip.h, which begin at 1. */
export const IPV4 =
  places(`forwarding mc_forwarding proxy_arp accept_redirects secure_redirects send_redirects shared_media rp_filter
  accept_source_route bootp_relay log_martians tag arp_filter medium_id disable_xfrm disable_policy force_igmp_version
  arp_announce arp_ignore promote_secondaries arp_accept arp_notify accept_local src_valid_mark proxy_arp_pvlan route_localnet
  igmpv2_unsolicited_report_interval igmpv3_unsolicited_report_interval ignore_routes_with_linkdown
  drop_unicast_in_l2_multicast drop_gratuitous_arp bc_forwarding arp_evict_nocarrier`);

/** DEVCONF_* of linux/ipv6.h. The place of stable_secret holds nothing. */
export const IPV6 =
  places(`forwarding hop_limit mtu accept_ra accept_redirects autoconf dad_transmits router_solicitations
  router_solicitation_interval router_solicitation_delay use_tempaddr temp_valid_lft temp_prefered_lft regen_max_retry
  max_desync_factor max_addresses force_mld_version accept_ra_defrtr accept_ra_pinfo accept_ra_rtr_pref router_probe_interval
  accept_ra_rt_info_max_plen proxy_ndp optimistic_dad accept_source_route mc_forwarding disable_ipv6 accept_dad force_tllao
  ndisc_notify mldv1_unsolicited_report_interval mldv2_unsolicited_report_interval suppress_frag_ndisc accept_ra_from_local
  use_optimistic accept_ra_mtu - use_oif_addrs_only accept_ra_min_hop_limit ignore_routes_with_linkdown
  drop_unicast_in_l2_multicast drop_unsolicited_na keep_addr_on_down router_solicitation_max_interval seg6_enabled
  seg6_require_hmac enhanced_dad addr_gen_mode disable_policy accept_ra_rt_info_min_plen ndisc_tclass rpl_seg_enabled
  ra_defrtr_metric ioam6_enabled ioam6_id ioam6_id_wide ndisc_evict_nocarrier accept_untracked_na accept_ra_min_lft
  force_forwarding`);

function places(names: string): ReadonlyMap<string, number> {
  return new Map(names.split(/\s+/).map((name, place) => [name, place]));
}

/** How much of an array there is for each setting, in bytes. */
const SIZE = 4;

/** What netlink tells of all interfaces of the socket's namespace, by the folders of their files. */
export function tellConf(socket: NetlinkSocket): Map<string, ToldConf> {
  const told = new Map<string, ToldConf>();
  const tell = (name: string, family: string, conf: unknown, of: ReadonlyMap<string, number>): void => {
    if (!(conf instanceof Uint8Array)) return;
    const path = `/proc/sys/net/${family}/conf/${name}`;
    const text = `${family} ${Buffer.from(conf.buffer, conf.byteOffset, conf.length).toString('latin1')}`;
    // An older kernel's array is shorter, and a newer one has files that have no name here.
    told.set(path, { path, text, covers: (file) => (of.get(file) ?? Infinity) < conf.length / SIZE });
  };
  for (const { name = '', afSpec } of getLinks(socket)) {
    tell(name, 'ipv4', afSpec?.inet?.conf, IPV4);
    tell(name, 'ipv6', afSpec?.inet6?.conf, IPV6);
  }
  return told;
}
