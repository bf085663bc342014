import { familyOf, type Ip } from '../addr/index.ts';
import { attribute, attributes, be16, be32, bool, bytes, flag, ip, struct, u32, u8 } from '../wire/index.ts';
import { address, defineKind, integer, needed, onOff } from './define/index.ts';

const isIpv6 = (ip: Ip): boolean => familyOf(ip) === 6;
const isMulticast = (ip: Ip): boolean => /^(22[4-9]|23\d)\.|^ff/.test(ip);

/** A tunnel of Ethernet frames in UDP (RFC 7348). */
export const vxlan = defineKind({
  name: 'vxlan',
  doctor: { title: 'VXLANs', needed: 'networks that span machines' },
  explanation: 'A VXLAN interface carries Ethernet frames in UDP packets.',
  lower: { needed: false, in: 'data' },
  /** IFLA_VXLAN_* of linux/if_link.h. */
  data: attributes('vxlan', {
    /** The VXLAN network identifier (VNI), 0 to 2^24 - 1. */
    id: attribute(1, u32),
    /** The multicast group or the remote endpoint, for IPv4. */
    group: attribute(2, ip),
    /** The index of the lower link. */
    link: attribute(3, u32),
    local: attribute(4, ip),
    ttl: attribute(5, u8),
    /** 1 inherits the inner packet's. */
    tos: attribute(6, u8),
    learning: attribute(7, bool),
    /** Seconds. */
    ageing: attribute(8, u32),
    /** The maximum number of forwarding entries; 0 for no limit. */
    limit: attribute(9, u32),
    /** The range of UDP source ports. */
    portRange: attribute(10, struct('portRange', { low: be16, high: be16 })),
    proxy: attribute(11, bool),
    rsc: attribute(12, bool),
    l2miss: attribute(13, bool),
    l3miss: attribute(14, bool),
    /** The UDP destination port: 4789 is IANA's, 8472 the kernel's default. */
    port: attribute(15, be16),
    group6: attribute(16, ip),
    local6: attribute(17, ip),
    udpCsum: attribute(18, bool),
    udpZeroCsum6Tx: attribute(19, bool),
    udpZeroCsum6Rx: attribute(20, bool),
    remCsumTx: attribute(21, bool),
    remCsumRx: attribute(22, bool),
    gbp: attribute(23, flag),
    remCsumNoPartial: attribute(24, flag),
    collectMetadata: attribute(25, bool),
    label: attribute(26, be32),
    gpe: attribute(27, flag),
    /** A flag in a request: no bytes. In a dump one byte, 0 or 1. */
    ttlInherit: attribute(28, bytes(0, 1)),
    /** The DF bit: 0 unset, 1 set, 2 inherited from the inner packet. */
    df: attribute(29, u8),
    vniFilter: attribute(30, bool),
    localBypass: attribute(31, bool),
    labelPolicy: attribute(32, u32),
    /** A mask of the bits in the VXLAN header that must be zero. */
    reservedBits: attribute(33, bytes(8, 8)),
  }),
  options: {
    id: needed(integer('id', 1, 0xff_ffff, { fixed: true })),
    /** The UDP destination port: 4789 is IANA's. */
    port: integer('dstport', 1, 65_535, { fixed: true, initial: 8472, shown: 'port' }),
    /** The only remote endpoint. */
    remote: address('remote', 'unicast', { fixed: true }),
    /** The multicast group of all endpoints. */
    group: address('group', 'multicast', { fixed: true }),
    local: address('local', 'unicast', { fixed: true }),
    ttl: integer('ttl', 0, 255),
    learning: onOff('learning', 'word noword', { initial: true }),
    /** Seconds. */
    ageing: integer('ageing', 1, 0xffff_ffff, { initial: 300 }),
    /** The maximum number of forwarding entries; 0 for no limit. */
    limit: integer('maxaddress', 0, 0xffff_ffff, { fixed: true, initial: 0, shown: 'limit' }),
    proxy: onOff('proxy', 'word noword', { fixed: true, initial: false }),
    rsc: onOff('rsc', 'word noword', { fixed: true, initial: false }),
    l2miss: onOff('l2miss', 'word noword', { fixed: true, initial: false }),
    l3miss: onOff('l3miss', 'word noword', { fixed: true, initial: false }),
    udpCsum: onOff('udpcsum', 'word noword', { fixed: true, shown: 'udp_csum' }),
    udpZeroCsum6Tx: onOff('udp6zerocsumtx', 'word noword', {
      fixed: true,
      initial: false,
      shown: 'udp_zero_csum6_tx',
    }),
    udpZeroCsum6Rx: onOff('udp6zerocsumrx', 'word noword', {
      fixed: true,
      initial: false,
      shown: 'udp_zero_csum6_rx',
    }),
  },
  trial: { id: 1, port: 4789 },
  takes: ({ remote, group, local }, hasLower) => {
    const families = [remote, group, local].flatMap((ip) => (ip === undefined ? [] : [isIpv6(ip)]));
    // All addresses must be of one family, and a multicast group needs a lower link.
    return (
      (remote === undefined || group === undefined) && new Set(families).size < 2 && (group === undefined || hasLower)
    );
  },
  encode({ remote, group, local, ...rest }) {
    const to = remote ?? group;
    return {
      ...rest,
      ...(to === undefined ? {} : { [isIpv6(to) ? 'group6' : 'group']: to }),
      ...(local === undefined ? {} : { [isIpv6(local) ? 'local6' : 'local']: local }),
    };
  },
  decode({ group, group6, local, local6, ...rest }) {
    const to = group ?? group6;
    return {
      ...rest,
      ...(to === undefined ? {} : { [isMulticast(to) ? 'group' : 'remote']: to }),
      local: local ?? local6,
    };
  },
});
