import { KINDS } from '../../kinds/index.ts';
import { libc } from '../../ffi/index.ts';
import { type NamespaceName, type ObservedNamespace, IP_FORWARD, IPV6_FORWARDING } from '../../state/index.ts';
import { visitNamespaces, openPingRange, type NamespaceVisit, type LabMounts } from '../../netns/index.ts';
import { writeSysctl } from '../../proc/index.ts';
import { NOT_AN_INTERFACE, SettingsReader, type Settings } from './reader.ts';

const SOURCE_VALIDATION = 'net.ipv4.conf.all.rp_filter';

/** Settings of an interface, of `all`, or of `default`. */
const OF_INTERFACE = /^net\.(ipv4|ipv6|mpls)\.(conf|neigh)\.([^.]+)\.(.+)$/;

/** Settings that are part of a LinkState, or follow from the MTU. */
const OF_LINK = /^net\.(ipv4\.conf\.[^.]+\.(forwarding|rp_filter)|ipv6\.conf\.[^.]+\.(addr_gen_mode|mtu))$/;

/**
 * The changed settings of namespaces: those that differ from a new namespace; for settings of an interface, those that
 * differ from `default` in its namespace. Forwarding counts as changed if any link of the namespace forwards.
 */
export function readSettings(
  labMounts: LabMounts,
  nodes: readonly (readonly [NamespaceName, ObservedNamespace])[],
  onProgress?: (done: number, total: number) => void,
): Map<NamespaceName, Record<string, string>> {
  const byNamespace = new Map<NamespaceName, Record<string, string>>();
  const fresh = new Map<string, Settings>();
  const reader = new SettingsReader();
  for (const [name, state] of nodes) {
    const fd = labMounts.open(name);
    try {
      byNamespace.set(
        name,
        visitNamespaces((thread) => {
          thread.enter(fd);
          const settings = reader.read(Object.keys(state.links));
          return changed(settings, state, (v4, v6) => freshSettings(thread, fresh, reader, v4, v6));
        }),
      );
    } finally {
      libc.close(fd);
    }
    onProgress?.(byNamespace.size, nodes.length);
  }
  return byNamespace;
}

/**
 * The settings of a new namespace.
 * @param v4 value of ip_forward to set, if any
 * @param v6 likewise for IPv6 forwarding
 */
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

function changed(
  settings: Settings,
  { links }: ObservedNamespace,
  freshWith: (v4: string | undefined, v6: string | undefined) => Settings,
): Record<string, string> {
  const v4 = settings.get(IP_FORWARD);
  const v6 = settings.get(IPV6_FORWARDING);
  const inherited = freshWith(undefined, undefined);
  const fresh = freshWith(v4, v6);
  const interfaces = Object.values(links).filter(({ kind }) => kind !== KINDS.loopback.name);
  const result: Record<string, string> = {};
  for (const [key, value] of settings) if (isChanged(key, value, settings, fresh)) result[key] = value;
  // New namespaces inherit ip_forward and rp_filter from the host, where both can have changed since.
  const forwards =
    interfaces.length === 0
      ? v4 !== inherited.get(IP_FORWARD)
      : interfaces.some(({ inet }) => inet?.forwarding === true);
  if (forwards && v4 === '1') result[IP_FORWARD] = v4;
  if (v6 !== undefined && v6 !== inherited.get(IPV6_FORWARDING)) result[IPV6_FORWARDING] = v6;
  const validation = settings.get(SOURCE_VALIDATION);
  if (validation !== undefined && interfaces.length > 1) result[SOURCE_VALIDATION] = validation;
  return result;
}

function isChanged(key: string, value: string, settings: Settings, fresh: Settings): boolean {
  if (key === IP_FORWARD || key === IPV6_FORWARDING) return false;
  const reference = referenceKeyOf(key);
  if (reference === undefined) return false;
  // A forwarding interface must not accept redirects, whatever `default` is.
  const name = reference === key ? undefined : REDIRECTS.exec(key)?.[1];
  if (name !== undefined && settings.get(`net.ipv4.conf.${name}.forwarding`) === '1') return value !== '0';
  const before = reference === key ? fresh.get(key) : settings.get(reference);
  return before !== undefined && before !== value;
}

const REDIRECTS = /^net\.ipv4\.conf\.(.+)\.accept_redirects$/;

/**
 * The key of the setting that an unchanged setting equals: itself in a new namespace, or `default` for an interface.
 * Undefined for settings that are part of a LinkState.
 */
function referenceKeyOf(key: string): string | undefined {
  if (referenceKeys.has(key)) return referenceKeys.get(key);
  const [, family, table, name, setting] = OF_INTERFACE.exec(key) ?? [];
  let reference: string | undefined = key;
  if (name !== undefined && !NOT_AN_INTERFACE.has(name))
    reference = OF_LINK.test(key) ? undefined : `net.${family}.${table}.default.${setting}`;
  referenceKeys.set(key, reference);
  return reference;
}
/** A cache of {@link referenceKeyOf}: thousands of namespaces have the same keys. */
const referenceKeys = new Map<string, string | undefined>();
