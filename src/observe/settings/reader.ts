import { readdirSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY } from '../../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../netlink/index.ts';
import { netlinkConf, type NetlinkConf } from './conf.ts';

/** The values of settings, by key. */
export type Settings = ReadonlyMap<string, string>;

/** Directories that are not compared with `default`: lo has settings of its own. */
export const NOT_AN_INTERFACE = new Set(['all', 'default', 'lo']);

const ROOT = '/proc/sys/net';

/**
 * Directories with a subdirectory for each interface. The other directories have the same entries in all namespaces.
 */
const VARYING = /^\/proc\/sys\/net\/[^/]+\/(conf|neigh)$/;

/** Counters, and random values that are generated at each boot: these cannot be compared. */
const VOLATILE = /^net\.netfilter\.nf_conntrack_count$|\.stable_secret$/;

interface Entry {
  readonly name: string;
  /** The key as in sysctl(8), with each dot of a component as a slash. */
  readonly key: string;
  readonly isFolder: boolean;
  /** The bytes that were read last, and the value they stand for: a cache, since most namespaces have the same. */
  raw: string;
  value: string;
}

const entryOf = (name: string, key: string, isFolder: boolean): Entry => ({
  name,
  key: `${key}.${name.replaceAll('.', '/')}`,
  isFolder,
  raw: '',
  value: '',
});

/** The values of an interface's files that were read, and its link message from before. */
interface ReadInterface {
  readonly conf: NetlinkConf;
  readonly values: Map<string, string>;
}

/** Reads the settings of one namespace after the other. */
export class SettingsReader {
  /** The entries of each directory; of varying directories, only those that all namespaces have. */
  readonly #folders = new Map<string, readonly Entry[]>();
  /** The values of interfaces' files, by `text` of their NetlinkConf. */
  readonly #known = new Map<string, Settings>();

  /**
   * Reads all readable settings of this thread's network namespace that can be compared.
   * @param links the names of its interfaces
   */
  read(links: readonly string[]): Settings {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    const settings = new Map<string, string>();
    const confs = netlinkConf(socket);
    const interfaces: ReadInterface[] = [];
    // Directories are opened relative to each other (openat(2)). For a path, the kernel would search the dentries of
    // all namespaces in /proc/sys/net, which have the same names, linearly.
    const visit = (folder: number, path: string, key: string): void => {
      for (const entry of this.#entriesOf(path, key, links)) {
        if (!entry.isFolder) set(settings, entry, read(folder, entry));
        else {
          const inner = `${path}/${entry.name}`;
          const conf = confs.get(inner);
          if (conf === undefined) within(folder, entry.name, (opened) => visit(opened, inner, entry.key));
          else interfaces.push(...this.#readInterface(folder, inner, entry, conf, settings));
        }
      }
    };
    const root = libc.open(ROOT, O_RDONLY | O_CLOEXEC);
    try {
      visit(root, ROOT, 'net');
    } finally {
      libc.close(root);
    }
    if (interfaces.length > 0) this.#keep(interfaces, netlinkConf(socket));
    return settings;
  }

  /** Reads the files of an interface, except for those whose values are known for its NetlinkConf. */
  #readInterface(
    parent: number,
    path: string,
    { name, key }: Entry,
    conf: NetlinkConf,
    settings: Map<string, string>,
  ): ReadInterface[] {
    const known = this.#known.get(conf.text);
    const values = new Map<string, string>();
    const rest: Entry[] = [];
    for (const entry of this.#entriesOf(path, key, [])) {
      const value = known?.get(entry.name);
      if (value === undefined) rest.push(entry);
      else settings.set(entry.key, value);
    }
    if (rest.length > 0)
      within(parent, name, (folder) => {
        for (const entry of rest) {
          const value = read(folder, entry);
          set(settings, entry, value);
          if (value !== undefined && conf.covers(entry.name)) values.set(entry.name, value);
        }
      });
    return known === undefined ? [{ conf, values }] : [];
  }

  /** Keeps the values of interfaces whose NetlinkConf has not changed while their files were read. */
  #keep(interfaces: readonly ReadInterface[], now: ReadonlyMap<string, NetlinkConf>): void {
    for (const { conf, values } of interfaces)
      if (now.get(conf.path)?.text === conf.text) this.#known.set(conf.text, values);
  }

  #entriesOf(path: string, key: string, links: readonly string[]): readonly Entry[] {
    const varies = VARYING.test(path);
    let entries = this.#folders.get(path);
    if (entries === undefined) {
      entries = readdirSync(path, { withFileTypes: true })
        .filter(({ name }) => !varies || NOT_AN_INTERFACE.has(name))
        .map((entry) => entryOf(entry.name, key, entry.isDirectory()))
        .filter((entry) => entry.isFolder || !VOLATILE.test(entry.key));
      this.#folders.set(path, entries);
    }
    // Only the initial network namespace has `neigh/default`: in others, there is nothing to compare with.
    if (!varies || !entries.some(({ name }) => name === 'default')) return entries;
    return [...entries, ...links.filter((name) => name !== 'lo').map((name) => entryOf(name, key, true))];
  }
}

/** Opens a subdirectory and calls `visit`. An interface whose MTU is too small for IPv6 has no directory in ipv6. */
function within(parent: number, name: string, visit: (folder: number) => void): void {
  const folder = libc.openAt(parent, name);
  if (folder === undefined) return;
  try {
    visit(folder);
  } finally {
    libc.close(folder);
  }
}

function set(settings: Map<string, string>, { key }: Entry, value: string | undefined): void {
  if (value !== undefined) settings.set(key, value);
}

const buffer = Buffer.alloc(4096);

/** The value of a setting; undefined for write-only settings and settings without a value. */
function read(folder: number, entry: Entry): string | undefined {
  const count = libc.readAt(folder, entry.name, buffer);
  if (count === undefined) return undefined;
  const raw = buffer.toString('latin1', 0, count);
  if (raw !== entry.raw) {
    entry.raw = raw;
    entry.value = raw.trim().replaceAll('\t', ' ');
  }
  return entry.value;
}
