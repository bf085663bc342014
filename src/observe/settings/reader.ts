import { readdirSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY } from '../../ffi/index.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../../netlink/index.ts';
import { netlinkConf, type NetlinkConf } from './conf.ts';

/** The values of settings, by their keys. */
export type Settings = ReadonlyMap<string, string>;

/** Folders beside those of interfaces; `lo` has the settings of a loopback, whatever a namespace gives new interfaces. */
export const NOT_AN_INTERFACE = new Set(['all', 'default', 'lo']);

const ROOT = '/proc/sys/net';

/** Folders with one for each interface. What is in others is the same in all namespaces. */
const VARYING = /^\/proc\/sys\/net\/[^/]+\/(conf|neigh)$/;

/** What counts, and what is made up anew at each start. */
const PASSING = /^net\.netfilter\.nf_conntrack_count$|\.stable_secret$/;

interface Entry {
  readonly name: string;
  /** The key in the spelling of sysctl(8), where a dot is a slash, and the other way round. */
  readonly key: string;
  readonly isFolder: boolean;
  /** What was read last, and what it means: most namespaces have the same. */
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

/** The files of an interface that were read for want of anything that is known, and what netlink told before. */
interface Learnt {
  readonly told: NetlinkConf;
  readonly values: Map<string, string>;
}

/** Reads the settings of one namespace after the other. */
export class SettingsReader {
  /** What is in each folder; of those that vary, what is there in any namespace. */
  readonly #folders = new Map<string, readonly Entry[]>();
  /** The values of interfaces' files, by what netlink tells of them. */
  readonly #known = new Map<string, Settings>();

  /**
   * All settings of the namespace that this thread is in that can be compared, but those that nobody can read.
   * @param links the names of its interfaces
   */
  read(links: readonly string[]): Settings {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    const settings = new Map<string, string>();
    const told = netlinkConf(socket);
    const learnt: Learnt[] = [];
    // Folders are opened one in the other. Those of all namespaces have the same names in /proc/sys/net, and the kernel
    // goes through all that it knows for each path that leads through there.
    const visit = (folder: number, path: string, key: string): void => {
      for (const entry of this.#entriesOf(path, key, links)) {
        if (!entry.isFolder) set(settings, entry, read(folder, entry));
        else {
          const inner = `${path}/${entry.name}`;
          const conf = told.get(inner);
          if (conf === undefined) within(folder, entry.name, (opened) => visit(opened, inner, entry.key));
          else learnt.push(...this.#readInterface(folder, inner, entry, conf, settings));
        }
      }
    };
    const root = libc.open(ROOT, O_RDONLY | O_CLOEXEC);
    try {
      visit(root, ROOT, 'net');
    } finally {
      libc.close(root);
    }
    if (learnt.length > 0) this.#keep(learnt, netlinkConf(socket));
    return settings;
  }

  /** Reads what is in the folder of an interface, and of that only what does not follow from what netlink tells. */
  #readInterface(
    parent: number,
    path: string,
    { name, key }: Entry,
    told: NetlinkConf,
    settings: Map<string, string>,
  ): Learnt[] {
    const known = this.#known.get(told.text);
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
          if (value !== undefined && told.covers(entry.name)) values.set(entry.name, value);
        }
      });
    return known === undefined ? [{ told, values }] : [];
  }

  /** Keeps what was read of interfaces that netlink tells the same of as before. */
  #keep(learnt: readonly Learnt[], now: ReadonlyMap<string, NetlinkConf>): void {
    for (const { told, values } of learnt)
      if (now.get(told.path)?.text === told.text) this.#known.set(told.text, values);
  }

  #entriesOf(path: string, key: string, links: readonly string[]): readonly Entry[] {
    const varies = VARYING.test(path);
    let entries = this.#folders.get(path);
    if (entries === undefined) {
      entries = readdirSync(path, { withFileTypes: true })
        .filter(({ name }) => !varies || NOT_AN_INTERFACE.has(name))
        .map((entry) => entryOf(entry.name, key, entry.isDirectory()))
        .filter((entry) => entry.isFolder || !PASSING.test(entry.key));
      this.#folders.set(path, entries);
    }
    // Of neighbours, the default is seen by the first namespace alone: elsewhere there is nothing to compare with.
    if (!varies || !entries.some(({ name }) => name === 'default')) return entries;
    return [...entries, ...links.filter((name) => name !== 'lo').map((name) => entryOf(name, key, true))];
  }
}

/** An interface whose MTU is too small for IPv6 has no folder of it. */
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

/** The value of a setting. Some can only be written, and some have no value yet. */
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
