import { rmSync } from 'node:fs';
import { libc } from '../ffi/index.ts';
import { PUBLIC_MODE, replaceOwn } from '../base/index.ts';
import {
  HOST,
  IPV6_MIN_MTU,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  type ObservedNamespace,
} from '../state/index.ts';
import { visitNamespaces, openNamespace, openPingRange, within, type LabMounts } from '../netns/index.ts';
import { interfaceOf, SysctlPlan } from '../plan/index.ts';
import { readSysctl, writeSysctl } from '../proc/index.ts';
import { NO_FORWARDING, labNamespaceSysctls } from '../topology/index.ts';
import { isObject, readStored } from './saved-topology.ts';

/*
 * A setting that is removed from a topology returns to its value in a new namespace. The kernel does not show which
 * settings were changed, and has too many to compare them all. Their names are therefore stored in the lab's folder:
 * before the first one is set, until `up` has executed all operations. Their values are always read from the kernel.
 */

const FILE = 'settings.json';

type Names = Readonly<Record<NamespaceName, readonly string[]>>;

const pathOf = (labMounts: LabMounts): string => `${labMounts.root}/${FILE}`;

/** The settings that were set, or may have been set, in each namespace. @throws UnreadableError */
export const changedSettingNames = (labMounts: LabMounts): Names => readStored(labMounts, FILE, isNames) ?? {};

const isNames = (value: unknown): value is Names =>
  isObject(value) &&
  Object.values(value).every((keys) => Array.isArray(keys) && keys.every((key) => typeof key === 'string'));

/** Adds the required settings to the stored names. To be called before any of them is set. */
export function saveSettingNames(labMounts: LabMounts, wanted: NetworkState): void {
  const noted = changedSettingNames(labMounts);
  const all: Record<NamespaceName, readonly string[]> = { ...noted };
  for (const [namespace, keys] of Object.entries(notableSettings(labMounts, wanted)))
    all[namespace] = [...new Set([...(noted[namespace] ?? []), ...keys])];
  write(labMounts, noted, all);
}

/** Stores the names of the required settings alone, after all others were put back. */
export const trimSettingNames = (labMounts: LabMounts, wanted: NetworkState): void =>
  write(labMounts, changedSettingNames(labMounts), notableSettings(labMounts, wanted));

function write(labMounts: LabMounts, noted: Names, names: Names): void {
  const text = JSON.stringify(names);
  if (text === JSON.stringify(noted)) return;
  const path = pathOf(labMounts);
  if (Object.keys(names).length === 0) return rmSync(path, { force: true });
  replaceOwn(path, text, PUBLIC_MODE);
}

/** The settings of the lab's own namespace in every topology: these need not be stored. */
const OF_LAB = new Set(Object.keys(labNamespaceSysctls(true)));
/** The settings of every other namespace in every topology. */
const OF_EACH = new Set(Object.keys(NO_FORWARDING));

/** The settings whose names are stored. For the host, only those of the lab's link, which disappear with the link. */
function notableSettings({ lab }: LabMounts, { namespaces }: NetworkState): Names {
  const names: Record<NamespaceName, string[]> = {};
  for (const [namespace, { sysctls }] of Object.entries(namespaces)) {
    const always = namespace === lab ? OF_LAB : OF_EACH;
    const keys = Object.keys(sysctls).filter(
      (key) => !always.has(key) && (namespace !== HOST || interfaceOf(key) !== undefined),
    );
    if (keys.length > 0) names[namespace] = keys;
  }
  return names;
}

/**
 * Completes the required settings of namespaces for a comparison with the kernel's. Observed settings that the topology
 * does not have get their values in a new namespace; values that the kernel spells differently (`8080,8081` becomes
 * `8080-8081`) get the kernel's spelling. One object for each comparison: results for one namespace are reused for
 * similar ones.
 */
export class SettingDefaults {
  readonly #known = new Map<string, Readonly<Record<string, string>>>();

  complete(name: NamespaceName, wanted: NamespaceState, actual: ObservedNamespace): NamespaceState {
    const dropped = Object.keys(actual.sysctls).filter((key) => isDropped(name, key, wanted));
    const respelt = Object.entries(wanted.sysctls).filter(
      ([key, value]) => name !== HOST && interfaceOf(key) === undefined && canBeEqual(value, actual.sysctls[key]),
    );
    if (dropped.length === 0 && respelt.length === 0) return wanted;
    const keys = [...dropped, ...respelt.map(([key]) => key)];
    const usual = name === HOST ? defaultsOf(keys) : this.#inNew(keys, wanted.sysctls);
    const sysctls = { ...wanted.sysctls };
    for (const key of dropped) if (usual[key] !== undefined) sysctls[key] = usual[key];
    for (const [key] of respelt) if (usual[key] === actual.sysctls[key]) sysctls[key] = actual.sysctls[key]!;
    return { ...wanted, sysctls };
  }

  /** The values of settings in a new namespace in which the required settings were set. */
  #inNew(keys: readonly string[], wanted: NamespaceState['sysctls']): Readonly<Record<string, string>> {
    const query = JSON.stringify([keys, wanted]);
    let values = this.#known.get(query);
    if (values === undefined) this.#known.set(query, (values = readInNew(keys, wanted)));
    return values;
  }
}

/**
 * Whether a setting was set before, is no longer required, and exists: its interface does, and has IPv6 for an IPv6
 * setting.
 */
function isDropped(name: NamespaceName, key: string, wanted: NamespaceState): boolean {
  if (wanted.sysctls[key] !== undefined) return false;
  const interfaceName = interfaceOf(key);
  if (interfaceName === undefined) return name !== HOST;
  const link = wanted.links[interfaceName];
  return link !== undefined && (link.mtu >= IPV6_MIN_MTU || !key.startsWith('net.ipv6.'));
}

const NUMBER = /^-?\d+$/;

/** Whether two different spellings can mean the same value; two numbers cannot. */
const canBeEqual = (wanted: string, actual: string | undefined): boolean =>
  actual !== undefined && actual !== wanted && !(NUMBER.test(wanted) && NUMBER.test(actual));

function readInNew(keys: readonly string[], wanted: NamespaceState['sysctls']): Record<string, string> {
  return visitNamespaces((thread) => {
    thread.create();
    openPingRange();
    for (const [key, value] of SysctlPlan.general(wanted)) {
      try {
        writeSysctl(key, `${value}\n`);
      } catch {
        // The error is reported when the setting is set in the lab's namespace.
      }
    }
    return defaultsOf(keys);
  });
}

function defaultsOf(keys: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const key of keys) {
    const value = readSysctl(defaultKey(key));
    if (value !== undefined) values[key] = value;
  }
  return values;
}

/**
 * The key that has the value of a new interface. A new namespace has only the loopback, whose keys stay as they are.
 */
function defaultKey(key: string): string {
  const link = interfaceOf(key);
  if (link === undefined || link === 'lo') return key;
  // Only the initial network namespace has neigh.default.
  return key.replace(
    /^(net\.\w+\.(conf|neigh))\.[^.]+/,
    (_, table: string, kind: string) => `${table}.${kind === 'conf' ? 'default' : 'lo'}`,
  );
}

/** The values of a namespace's settings that are required or were set before, without those of interfaces. */
export function currentSettings(
  labMounts: LabMounts,
  namespace: NamespaceName,
  { sysctls }: NamespaceState,
): Readonly<Record<string, string>> {
  const noted = changedSettingNames(labMounts)[namespace] ?? [];
  const keys = [...new Set([...noted, ...Object.keys(sysctls)])].filter((key) => interfaceOf(key) === undefined);
  const fd = openNamespace(namespace);
  try {
    return within(fd, () => valuesIn(keys));
  } finally {
    libc.close(fd);
  }
}

/** The values of settings in this thread's network namespace. */
const valuesIn = (keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = readSysctl(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
