import type { NetlinkSocket } from '../../netlink/index.ts';
import { getLinks, inet6ConfFiles, inetConfFiles } from '../../rtnetlink/index.ts';

/*
 * A link message contains nearly all settings of the interface under net.ipv4.conf and net.ipv6.conf in one array
 * (IFLA_INET_CONF, IFLA_INET6_CONF). Reading the files takes thirty times as long. Some values have other units than in
 * the files, so arrays are only compared: interfaces with equal arrays have equal files.
 */

/** The settings of an interface in one address family, from its link message. */
export interface NetlinkConf {
  /** The directory of the corresponding files. */
  readonly path: string;
  /** The array as a string: equal for interfaces with equal settings. */
  readonly text: string;
  /** Whether the array contains the setting of a file. @param name of the file */
  covers(name: string): boolean;
}

/** The index in the array, by file name. */
const PLACES: { [F in Family]?: ReadonlyMap<string, number> } = {};

export type Family = 'ipv4' | 'ipv6';

export const settingPlaces = (family: Family): ReadonlyMap<string, number> =>
  (PLACES[family] ??= new Map(
    (family === 'ipv4' ? inetConfFiles() : inet6ConfFiles()).map((name, place) => [name, place]),
  ));

/** The size of an array element, in bytes. */
const SIZE = 4;

/** The settings of all interfaces in the socket's namespace, by the directory of the corresponding files. */
export function netlinkConf(socket: NetlinkSocket): Map<string, NetlinkConf> {
  const confs = new Map<string, NetlinkConf>();
  const add = (name: string, family: Family, conf: unknown): void => {
    if (!(conf instanceof Uint8Array)) return;
    const path = `/proc/sys/net/${family}/conf/${name}`;
    const text = `${family} ${Buffer.from(conf.buffer, conf.byteOffset, conf.length).toString('latin1')}`;
    // An older kernel has a shorter array, and a newer kernel has files that are unknown here.
    const places = settingPlaces(family);
    confs.set(path, { path, text, covers: (file) => (places.get(file) ?? Infinity) < conf.length / SIZE });
  };
  for (const { name = '', afSpec } of getLinks(socket)) {
    add(name, 'ipv4', afSpec?.inet?.conf);
    add(name, 'ipv6', afSpec?.inet6?.conf);
  }
  return confs;
}
