import { attribute, attributes, LITTLE_ENDIAN, u32, type Codec, type Infer, type Unknown } from '../../wire/index.ts';

/**
 * The IPv4 settings of an interface, net.ipv4.conf.IF.*: IPV4_DEVCONF_* of linux/ip.h. A request has an attribute for
 * each setting; a dump has one array of all.
 */
export const inetConfSet = attributes('conf', {
  forwarding: attribute(1, u32),
  mcForwarding: attribute(2, u32),
  proxyArp: attribute(3, u32),
  acceptRedirects: attribute(4, u32),
  secureRedirects: attribute(5, u32),
  sendRedirects: attribute(6, u32),
  sharedMedia: attribute(7, u32),
  /** 0 no source validation, 1 strict, 2 loose (RFC 3704). */
  rpFilter: attribute(8, u32),
  acceptSourceRoute: attribute(9, u32),
  bootpRelay: attribute(10, u32),
  logMartians: attribute(11, u32),
  tag: attribute(12, u32),
  arpFilter: attribute(13, u32),
  mediumId: attribute(14, u32),
  noXfrm: attribute(15, u32),
  noPolicy: attribute(16, u32),
  forceIgmpVersion: attribute(17, u32),
  arpAnnounce: attribute(18, u32),
  arpIgnore: attribute(19, u32),
  promoteSecondaries: attribute(20, u32),
  arpAccept: attribute(21, u32),
  arpNotify: attribute(22, u32),
  acceptLocal: attribute(23, u32),
  srcVmark: attribute(24, u32),
  proxyArpPvlan: attribute(25, u32),
  routeLocalnet: attribute(26, u32),
  /** Milliseconds. */
  igmpv2UnsolicitedReportInterval: attribute(27, u32),
  /** Milliseconds. */
  igmpv3UnsolicitedReportInterval: attribute(28, u32),
  ignoreRoutesWithLinkdown: attribute(29, u32),
  dropUnicastInL2Multicast: attribute(30, u32),
  dropGratuitousArp: attribute(31, u32),
  bcForwarding: attribute(32, u32),
  arpEvictNoCarrier: attribute(33, u32),
});

/** The IPv4 settings of an interface: net.ipv4.conf.IF.*. Values are 0 or 1 unless noted. */
export type InetConf = Infer<typeof inetConfSet>;
type SettingName = Exclude<keyof InetConf, keyof Unknown>;

/** IFLA_INET_CONF of linux/if_link.h: writes settings; reads bytes, for {@link decodeInetConf}. */
export const inetConf: Codec<InetConf | Uint8Array> = {
  name: 'conf',
  get shape() {
    return inetConfSet.shape;
  },
  read: (from, start, end) => from.u8.slice(start, end),
  write(to, value) {
    if (!(value instanceof Uint8Array)) return inetConfSet.write(to, value);
    const at = to.reserve(value.length);
    to.u8.set(value, at);
    return at + value.length;
  },
};

/** The files in net.ipv4.conf.IF whose names differ from IPV4_DEVCONF_*. */
const OTHER_FILES: Readonly<Partial<Record<SettingName, string>>> = {
  noXfrm: 'disable_xfrm',
  noPolicy: 'disable_policy',
  srcVmark: 'src_valid_mark',
  arpEvictNoCarrier: 'arp_evict_nocarrier',
};

let cachedNames: readonly SettingName[] | undefined;

/** The names of the settings, in the order of a dump's array. */
function settingNames(): readonly SettingName[] {
  if (cachedNames !== undefined) return cachedNames;
  const names: SettingName[] = [];
  const { shape } = inetConfSet;
  if (shape.type === 'attributes')
    for (const [number, field] of shape.fields) names[number - 1] = field.name as SettingName;
  return (cachedNames = names);
}

/** Returns the files of net.ipv4.conf.IF in the order of their values in a dump's `afSpec.inet.conf` (32 bits each). */
export const inetConfFiles = (): string[] =>
  settingNames().map((name) => OTHER_FILES[name] ?? name.replaceAll(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));

/** Decodes the settings of a dump's `afSpec.inet.conf`. Leaves out settings without a name here. */
export function decodeInetConf(conf: InetConf | Uint8Array): InetConf {
  if (!(conf instanceof Uint8Array)) return conf;
  const view = new DataView(conf.buffer, conf.byteOffset, conf.byteLength);
  const settings: { -readonly [K in SettingName]?: number } = {};
  settingNames().forEach((name, i) => {
    if (4 * i + 4 <= conf.length) settings[name] = view.getUint32(4 * i, LITTLE_ENDIAN);
  });
  return settings;
}
