import type { NetlinkSocket } from '../../netlink/index.ts';
import { getLinks, inet6ConfFiles, inetConfFiles } from '../../rtnetlink/index.ts';

/*
 * Netlink tells of each interface nearly all that has a file in net.ipv4.conf and net.ipv6.conf, all of it at once, where a
 * file each takes thirty times as long. Some of it is in other units than in the file: so it is only compared. Two
 * interfaces of which netlink tells the same have the same in their files.
 */

/** What netlink tells of the settings of an interface in one family. */
export interface NetlinkConf {
  /** The folder of their files. */
  readonly path: string;
  /** All of it: the same for interfaces that have the same settings. */
  readonly text: string;
  /** Whether it tells of the setting that a file is called after. */
  covers(name: string): boolean;
}

/** Where what a file says is in what netlink tells: its place in the array. */
const PLACES: { [F in Family]?: ReadonlyMap<string, number> } = {};

export type Family = 'ipv4' | 'ipv6';

export const settingPlaces = (family: Family): ReadonlyMap<string, number> =>
  (PLACES[family] ??= new Map(
    (family === 'ipv4' ? inetConfFiles() : inet6ConfFiles()).map((name, place) => [name, place]),
  ));

/** How much of an array there is for each setting, in bytes. */
const SIZE = 4;

/** What netlink tells of all interfaces of the socket's namespace, by the folders of their files. */
export function netlinkConf(socket: NetlinkSocket): Map<string, NetlinkConf> {
  const told = new Map<string, NetlinkConf>();
  const tell = (name: string, family: Family, conf: unknown): void => {
    if (!(conf instanceof Uint8Array)) return;
    const path = `/proc/sys/net/${family}/conf/${name}`;
    const text = `${family} ${Buffer.from(conf.buffer, conf.byteOffset, conf.length).toString('latin1')}`;
    // An older kernel's array is shorter, and a newer one has files that have no name here.
    const places = settingPlaces(family);
    told.set(path, { path, text, covers: (file) => (places.get(file) ?? Infinity) < conf.length / SIZE });
  };
  for (const { name = '', afSpec } of getLinks(socket)) {
    tell(name, 'ipv4', afSpec?.inet?.conf);
    tell(name, 'ipv6', afSpec?.inet6?.conf);
  }
  return told;
}
