import { closeSync, openSync, readdirSync, readSync, writeFileSync } from 'node:fs';
import { letPing } from '../../apply/index.ts';
import { libc, O_CLOEXEC, O_RDONLY } from '../../ffi/index.ts';
import type { NamespaceName, NamespaceState } from '../../model/index.ts';
import { excursion, type Excursion, type Pins } from '../../netns/index.ts';
import { sysctlPath } from '../../state/index.ts';

type Settings = ReadonlyMap<string, string>;

const FORWARD_V4 = 'net.ipv4.ip_forward';
const FORWARD_V6 = 'net.ipv6.conf.all.forwarding';
const SOURCE_VALIDATION = 'net.ipv4.conf.all.rp_filter';

/** Settings of one interface, or of all, or the default of new ones. */
const OF_INTERFACE = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.([^.]+)\.(.+)$/;
const NOT_AN_INTERFACE = new Set(['all', 'default', 'lo']);

/** What links themselves say, or what follows from their MTU. */
const OF_LINK = /^net\.(ipv4\.conf\.[^.]+\.(forwarding|rp_filter)|ipv6\.conf\.[^.]+\.(addr_gen_mode|mtu))$/;
/** What counts, and what is made up anew at each start. */
const PASSING = /^net\.netfilter\.nf_conntrack_count$|\.stable_secret$/;

/**
 * The settings of namespaces that somebody made: those that differ from a namespace that is made now, and, of an
 * interface, from what its namespace gives new ones. Whether a namespace forwards is one where its links do.
 */
export function readSettings(
  pins: Pins,
  nodes: readonly (readonly [NamespaceName, NamespaceState])[],
  onProgress?: (done: number, total: number) => void,
): Map<NamespaceName, Record<string, string>> {
  const found = new Map<NamespaceName, Record<string, string>>();
  const fresh = new Map<string, Settings>();
  const folders: Folders = new Map();
  for (const [name, state] of nodes) {
    const fd = libc.open(pins.path(name), O_RDONLY | O_CLOEXEC);
    try {
      found.set(
        name,
        excursion((thread) => {
          thread.enter(fd);
          const settings = readAll(folders);
          return chosen(settings, state, (v4, v6) => freshSettings(thread, fresh, folders, v4, v6));
        }),
      );
    } finally {
      libc.close(fd);
    }
    onProgress?.(found.size, nodes.length);
  }
  return found;
}

/** The settings of a namespace made now, of one that forwards as asked. */
function freshSettings(
  thread: Excursion,
  known: Map<string, Settings>,
  folders: Folders,
  v4: string | undefined,
  v6: string | undefined,
): Settings {
  const key = `${v4} ${v6}`;
  let settings = known.get(key);
  if (settings === undefined) {
    thread.create();
    letPing();
    if (v4 !== undefined) writeFileSync(sysctlPath(FORWARD_V4), v4);
    if (v6 !== undefined) writeFileSync(sysctlPath(FORWARD_V6), v6);
    settings = readAll(folders);
    known.set(key, settings);
  }
  return settings;
}

function chosen(
  settings: Settings,
  { links }: NamespaceState,
  freshWith: (v4: string | undefined, v6: string | undefined) => Settings,
): Record<string, string> {
  const v4 = settings.get(FORWARD_V4);
  const v6 = settings.get(FORWARD_V6);
  const untouched = freshWith(undefined, undefined);
  const fresh = freshWith(v4, v6);
  const ends = Object.values(links).filter(({ kind }) => kind !== 'loopback');
  const made: Record<string, string> = {};
  for (const [key, value] of settings) if (isMade(key, value, settings, fresh)) made[key] = value;
  // New namespaces begin with the host's forwarding of IPv4 and its source validation, which may have changed since.
  const forwards =
    ends.length === 0 ? v4 !== untouched.get(FORWARD_V4) : ends.some(({ inet }) => inet?.forwarding === true);
  if (forwards && v4 === '1') made[FORWARD_V4] = v4;
  if (v6 !== undefined && v6 !== untouched.get(FORWARD_V6)) made[FORWARD_V6] = v6;
  const validation = settings.get(SOURCE_VALIDATION);
  if (validation !== undefined && ends.length > 1) made[SOURCE_VALIDATION] = validation;
  return made;
}

function isMade(key: string, value: string, settings: Settings, fresh: Settings): boolean {
  if (key === FORWARD_V4 || key === FORWARD_V6) return false;
  const [, family, table, name, setting] = OF_INTERFACE.exec(key) ?? [];
  if (name === undefined || NOT_AN_INTERFACE.has(name)) {
    const usual = fresh.get(key);
    return usual !== undefined && usual !== value;
  }
  if (OF_LINK.test(key)) return false;
  // What forwards is not to believe redirects, whatever new interfaces do.
  if (family === 'ipv4' && setting === 'accept_redirects' && settings.get(`net.ipv4.conf.${name}.forwarding`) === '1')
    return value !== '0';
  const usual = settings.get(`net.${family}.${table}.default.${setting}`);
  return usual !== undefined && usual !== value;
}

/** All settings of the namespace that this thread is in, but those that nobody can read. */
function readAll(folders: Folders): Settings {
  const settings = new Map<string, string>();
  const visit = (path: string, key: string): void => {
    for (const [name, isFolder] of entriesOf(path, folders)) {
      // In the spelling of sysctl(8) a dot is a slash, and the other way round.
      const inner = `${key}.${name.replaceAll('.', '/')}`;
      if (isFolder) visit(`${path}/${name}`, inner);
      else if (!PASSING.test(inner)) {
        const value = read(`${path}/${name}`);
        if (value !== undefined) settings.set(inner, value);
      }
    }
  };
  visit('/proc/sys/net', 'net');
  return settings;
}

/** Folders whose entries depend on the namespace: one for each interface. The others are the same in all. */
const VARYING = /^\/proc\/sys\/net\/[^/]+\/(conf|neigh)$/;
type Entries = readonly (readonly [name: string, isFolder: boolean])[];
/** What is in each folder. */
type Folders = Map<string, Entries>;

function entriesOf(path: string, folders: Folders): Entries {
  let entries = folders.get(path);
  if (entries === undefined) {
    entries = readdirSync(path, { withFileTypes: true }).map((entry) => [entry.name, entry.isDirectory()] as const);
    if (!VARYING.test(path)) folders.set(path, entries);
  }
  return entries;
}

const buffer = Buffer.alloc(4096);

function read(path: string): string | undefined {
  try {
    const fd = openSync(path, 'r');
    try {
      return buffer.toString('latin1', 0, readSync(fd, buffer)).trim().replaceAll('\t', ' ');
    } finally {
      closeSync(fd);
    }
  } catch {
    // Some can only be written, and some have no value yet.
    return undefined;
  }
}
