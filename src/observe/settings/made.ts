import { KINDS } from '../../kinds/index.ts';
import { libc } from '../../ffi/index.ts';
import { type NamespaceName, type ObservedNamespace, IP_FORWARD, IPV6_FORWARDING } from '../../state/index.ts';
import { visitNamespaces, openPingRange, type NamespaceVisit, type LabMounts } from '../../netns/index.ts';
import { writeSysctl } from '../../proc/index.ts';
import { NOT_AN_INTERFACE, SettingsReader, type Settings } from './reader.ts';

const SOURCE_VALIDATION = 'net.ipv4.conf.all.rp_filter';

/** Settings of one interface, or of all, or the default of new ones. */
const OF_INTERFACE = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.([^.]+)\.(.+)$/;

/** What links themselves say, or what follows from their MTU. */
const OF_LINK = /^net\.(ipv4\.conf\.[^.]+\.(forwarding|rp_filter)|ipv6\.conf\.[^.]+\.(addr_gen_mode|mtu))$/;

/**
 * The settings of namespaces that somebody made: those that differ from a namespace that is made now, and, of an
 * interface, from what its namespace gives new ones. Whether a namespace forwards is one where its links do.
 */
export function readSettings(
  labMounts: LabMounts,
  nodes: readonly (readonly [NamespaceName, ObservedNamespace])[],
  onProgress?: (done: number, total: number) => void,
): Map<NamespaceName, Record<string, string>> {
  const found = new Map<NamespaceName, Record<string, string>>();
  const fresh = new Map<string, Settings>();
  const reader = new SettingsReader();
  for (const [name, state] of nodes) {
    const fd = labMounts.open(name);
    try {
      found.set(
        name,
        visitNamespaces((thread) => {
          thread.enter(fd);
          const settings = reader.read(Object.keys(state.links));
          return chosen(settings, state, (v4, v6) => freshSettings(thread, fresh, reader, v4, v6));
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
  thread: NamespaceVisit,
  known: Map<string, Settings>,
  reader: SettingsReader,
  v4: string | undefined,
  v6: string | undefined,
): Settings {
  const key = `${v4} ${v6}`;
  let settings = known.get(key);
  if (settings === undefined) {
    thread.create();
    openPingRange();
    if (v4 !== undefined) writeSysctl(IP_FORWARD, v4);
    if (v6 !== undefined) writeSysctl(IPV6_FORWARDING, v6);
    settings = reader.read([]);
    known.set(key, settings);
  }
  return settings;
}

function chosen(
  settings: Settings,
  { links }: ObservedNamespace,
  freshWith: (v4: string | undefined, v6: string | undefined) => Settings,
): Record<string, string> {
  const v4 = settings.get(IP_FORWARD);
  const v6 = settings.get(IPV6_FORWARDING);
  const untouched = freshWith(undefined, undefined);
  const fresh = freshWith(v4, v6);
  const ends = Object.values(links).filter(({ kind }) => kind !== KINDS.loopback.name);
  const made: Record<string, string> = {};
  for (const [key, value] of settings) if (isMade(key, value, settings, fresh)) made[key] = value;
  // New namespaces begin with the host's forwarding of IPv4 and its source validation, which may have changed since.
  const forwards =
    ends.length === 0 ? v4 !== untouched.get(IP_FORWARD) : ends.some(({ inet }) => inet?.forwarding === true);
  if (forwards && v4 === '1') made[IP_FORWARD] = v4;
  if (v6 !== undefined && v6 !== untouched.get(IPV6_FORWARDING)) made[IPV6_FORWARDING] = v6;
  const validation = settings.get(SOURCE_VALIDATION);
  if (validation !== undefined && ends.length > 1) made[SOURCE_VALIDATION] = validation;
  return made;
}

function isMade(key: string, value: string, settings: Settings, fresh: Settings): boolean {
  if (key === IP_FORWARD || key === IPV6_FORWARDING) return false;
  const usual = usualKeyOf(key);
  if (usual === undefined) return false;
  // What forwards is not to believe redirects, whatever new interfaces do.
  const name = usual === key ? undefined : REDIRECTS.exec(key)?.[1];
  if (name !== undefined && settings.get(`net.ipv4.conf.${name}.forwarding`) === '1') return value !== '0';
  const before = usual === key ? fresh.get(key) : settings.get(usual);
  return before !== undefined && before !== value;
}

const REDIRECTS = /^net\.ipv4\.conf\.(.+)\.accept_redirects$/;

/** The setting that says what the value of one is unless somebody changes it; undefined where the link itself does. */
function usualKeyOf(key: string): string | undefined {
  if (usualKeys.has(key)) return usualKeys.get(key);
  const [, family, table, name, setting] = OF_INTERFACE.exec(key) ?? [];
  let usual: string | undefined = key;
  if (name !== undefined && !NOT_AN_INTERFACE.has(name))
    usual = OF_LINK.test(key) ? undefined : `net.${family}.${table}.default.${setting}`;
  usualKeys.set(key, usual);
  return usual;
}
/** Namespaces have the same settings by the thousand. */
const usualKeys = new Map<string, string | undefined>();
