import { LITTLE_ENDIAN } from '../../wire/index.ts';

/** The files of net.ipv6.conf.IF, in the order of DEVCONF_* of linux/ipv6.h. stable_secret (`-`) has no value. */
const FILES = `forwarding hop_limit mtu accept_ra accept_redirects autoconf dad_transmits router_solicitations
  router_solicitation_interval router_solicitation_delay use_tempaddr temp_valid_lft temp_prefered_lft regen_max_retry
  max_desync_factor max_addresses force_mld_version accept_ra_defrtr accept_ra_pinfo accept_ra_rtr_pref router_probe_interval
  accept_ra_rt_info_max_plen proxy_ndp optimistic_dad accept_source_route mc_forwarding disable_ipv6 accept_dad force_tllao
  ndisc_notify mldv1_unsolicited_report_interval mldv2_unsolicited_report_interval suppress_frag_ndisc accept_ra_from_local
  use_optimistic accept_ra_mtu - use_oif_addrs_only accept_ra_min_hop_limit ignore_routes_with_linkdown
  drop_unicast_in_l2_multicast drop_unsolicited_na keep_addr_on_down router_solicitation_max_interval seg6_enabled
  seg6_require_hmac enhanced_dad addr_gen_mode disable_policy accept_ra_rt_info_min_plen ndisc_tclass rpl_seg_enabled
  ra_defrtr_metric ioam6_enabled ioam6_id ioam6_id_wide ndisc_evict_nocarrier accept_untracked_na accept_ra_min_lft
  force_forwarding`;

/**
 * Returns the files of net.ipv6.conf.IF, in the order of their values in a dump's `afSpec.inet6.conf` (32 bits each).
 * `-` stands for a value without a file.
 */
export const inet6ConfFiles = (): string[] => FILES.split(/\s+/);

/** Settings of an interface in net.ipv6.conf.IF. */
interface Inet6Settings {
  readonly acceptRa: number;
  readonly acceptRedirects: number;
  readonly autoconf: number;
  readonly disableIpv6: number;
}

let cachedIndices: Inet6Settings | undefined;

/** The index of each setting in the array of a dump. */
function settingIndices(): Inet6Settings {
  const files = inet6ConfFiles();
  return {
    acceptRa: files.indexOf('accept_ra'),
    acceptRedirects: files.indexOf('accept_redirects'),
    autoconf: files.indexOf('autoconf'),
    disableIpv6: files.indexOf('disable_ipv6'),
  };
}

/** Decodes the settings that this project uses from a dump's `afSpec.inet6.conf`. A missing setting is 0. */
export function decodeInet6Conf(conf: Uint8Array): Inet6Settings {
  const view = new DataView(conf.buffer, conf.byteOffset, conf.byteLength);
  const at = (n: number): number => (4 * n + 4 <= conf.length ? view.getInt32(4 * n, LITTLE_ENDIAN) : 0);
  const { acceptRa, acceptRedirects, autoconf, disableIpv6 } = (cachedIndices ??= settingIndices());
  return {
    acceptRa: at(acceptRa),
    acceptRedirects: at(acceptRedirects),
    autoconf: at(autoconf),
    disableIpv6: at(disableIpv6),
  };
}
