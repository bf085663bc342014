import {
  attribute,
  attributes,
  bool,
  bytes,
  cString,
  lazy,
  list,
  message,
  named,
  pad,
  s32,
  struct,
  u16,
  u32,
  u8,
  type AttributeSet,
  type Codec,
  type Infer,
  type MessageCodec,
  type Struct,
  type Unknown,
} from '../../wire/index.ts';
import { vethData as pair } from '../../kinds/index.ts';
import { afSpec } from './af-spec.ts';
import { hardwareAddress } from './hardware-address.ts';
import { linkInfo, type LinkInfoOf } from './info.ts';
import { kinds, portKinds } from './kinds.ts';

const IFLA_ALT_IFNAME = 53;
/** ALTIFNAMSIZ of linux/if.h. */
const ALTIFNAMSIZ = 128;

/** struct ifinfomsg of linux/rtnetlink.h. */
export const ifinfomsg = struct('ifinfomsg', {
  /** AF_UNSPEC, or AF_BRIDGE for bridge ports: see bridgeLinkMessage. */
  family: u8,
  pad: pad(1),
  /** ARPHRD_*. */
  type: u16,
  index: s32,
  /** IFF_*. */
  flags: u32,
  /** In a request: the mask of the `flags` to change. */
  change: u32,
});

/** IF_OPER_* of linux/if.h (RFC 2863). */
const operState = named(u8, { unknown: 0, notpresent: 1, down: 2, lowerlayerdown: 3, testing: 4, dormant: 5, up: 6 });

/** IFLA_INFO_DATA of a veth: VETH_INFO_PEER, the other end. */
export type VethData = { peer?: LinkRequest } & Unknown;

/**
 * The data of a link's kind: `kind` selects the type of `data`, and the kind of its master that of `slaveData`.
 */
export type LinkInfo = LinkInfoOf<typeof kinds & { veth: Codec<VethData> }, typeof portKinds>;

const vethData: Codec<VethData> = pair(lazy('peer', (): Codec<LinkRequest> => linkMessage as Codec<LinkRequest>));
const info: Codec<LinkInfo> = linkInfo({ ...kinds, veth: vethData }, portKinds);

/** IFLA_* of linux/if_link.h. Attributes that the project does not use are bytes. */
export const linkFields = {
  address: attribute(1, hardwareAddress),
  broadcast: attribute(2, hardwareAddress),
  /** At most 15 bytes. */
  name: attribute(3, cString(16)),
  /** Bytes. */
  mtu: attribute(4, u32),
  /** The index of the lower link, or of a veth's other end; in the namespace `linkNetnsId` if that is present. */
  link: attribute(5, u32),
  qdisc: attribute(6, cString()),
  stats: attribute(7, bytes()),
  cost: attribute(8, bytes()),
  priority: attribute(9, bytes()),
  /** The index of the master: the bridge, bond or VRF of this port. 0 removes the port from it. */
  master: attribute(10, u32),
  wireless: attribute(11, bytes()),
  /** Packets. */
  txQLen: attribute(13, u32),
  map: attribute(14, bytes()),
  weight: attribute(15, u32),
  operState: attribute(16, operState),
  linkMode: attribute(17, u8),
  linkInfo: attribute(18, info),
  netNsPid: attribute(19, u32),
  /** At most 255 bytes. */
  alias: attribute(20, cString(256)),
  numVf: attribute(21, u32),
  vfInfoList: attribute(22, bytes()),
  /** For {@link decodeStats64}. */
  stats64: attribute(23, bytes()),
  vfPorts: attribute(24, bytes()),
  portSelf: attribute(25, bytes()),
  group: attribute(27, u32),
  /** A descriptor of the namespace to which the link moves. */
  netNsFd: attribute(28, u32),
  /** RTEXT_FILTER_*: what a dump includes. */
  extMask: attribute(29, u32),
  promiscuity: attribute(30, u32),
  numTxQueues: attribute(31, u32),
  numRxQueues: attribute(32, u32),
  carrier: attribute(33, bool),
  physPortId: attribute(34, bytes()),
  carrierChanges: attribute(35, u32),
  physSwitchId: attribute(36, bytes()),
  /** The nsid of the namespace that `link` is in. */
  linkNetnsId: attribute(37, s32),
  physPortName: attribute(38, cString()),
  protoDown: attribute(39, bool),
  gsoMaxSegs: attribute(40, u32),
  gsoMaxSize: attribute(41, u32),
  xdp: attribute(43, bytes()),
  event: attribute(44, u32),
  newNetnsId: attribute(45, s32),
  /** The nsid of the namespace in which the request is processed, instead of the socket's. */
  targetNetnsId: attribute(46, s32),
  carrierUpCount: attribute(47, u32),
  carrierDownCount: attribute(48, u32),
  newIfindex: attribute(49, s32),
  minMtu: attribute(50, u32),
  maxMtu: attribute(51, u32),
  /** The alternative names; in RTM_NEWLINKPROP and RTM_DELLINKPROP the names to add or remove. */
  propList: attribute(52, list('propList', IFLA_ALT_IFNAME, cString(ALTIFNAMSIZ)), { nested: true }),
  /** In RTM_GETLINK: a name to look up that can be longer than 15 bytes. */
  altName: attribute(IFLA_ALT_IFNAME, cString(ALTIFNAMSIZ)),
  permAddress: attribute(54, hardwareAddress),
  protoDownReason: attribute(55, bytes()),
  parentDevName: attribute(56, cString()),
  parentDevBusName: attribute(57, cString()),
  groMaxSize: attribute(58, u32),
  tsoMaxSize: attribute(59, u32),
  tsoMaxSegs: attribute(60, u32),
  allMulti: attribute(61, u32),
  devlinkPort: attribute(62, bytes(), { nested: true }),
  gsoIpv4MaxSize: attribute(63, u32),
  groIpv4MaxSize: attribute(64, u32),
  dpllPin: attribute(65, bytes(), { nested: true }),
  /** Nanoseconds. */
  maxPacingOffloadHorizon: attribute(66, u32),
  netnsImmutable: attribute(67, bool),
  headroom: attribute(68, u16),
  tailroom: attribute(69, u16),
} as const;

const linkAttributes = attributes('link', { ...linkFields, afSpec: attribute(26, afSpec) });

/** struct ifinfomsg of linux/rtnetlink.h. */
export type LinkHeader = typeof ifinfomsg extends Struct<infer T> ? T : never;
/** The attributes of a link: IFLA_* of linux/if_link.h. */
export interface LinkAttributes extends Infer<typeof linkAttributes> {}
/** A link as the kernel describes it. */
export interface Link extends LinkHeader, LinkAttributes {}
/** A link in a request. The kernel chooses absent members. */
export interface LinkRequest extends Partial<LinkHeader>, LinkAttributes {}

/** RTM_NEWLINK, RTM_DELLINK, RTM_GETLINK, RTM_SETLINK. */
export const linkMessage: MessageCodec<LinkHeader, LinkAttributes> = message(
  'link',
  ifinfomsg,
  linkAttributes as AttributeSet<LinkAttributes>,
);
