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
import { NO_FORWARDING, switchSysctls } from '../topology/index.ts';
import { isObject, readKept } from './saved-topology.ts';

/*
 * A setting that a topology no longer has goes back to what the namespace would have if it were made now. Which ones those
 * may be is not to be seen in the kernel: too many are there to compare all of them. So their names are kept in the lab's
 * folder, noted before the first is set, and forgotten when everything has been done. What they are is read from the
 * kernel, as everything is.
 */

const FILE = 'settings.json';

type Names = Readonly<Record<NamespaceName, readonly string[]>>;

const pathOf = (labMounts: LabMounts): string => `${labMounts.root}/${FILE}`;

/** The settings that were, or may have been, made in each namespace. @throws UnreadableError */
export const madeSettings = (labMounts: LabMounts): Names => readKept(labMounts, FILE, isNames) ?? {};

const isNames = (kept: unknown): kept is Names =>
  isObject(kept) &&
  Object.values(kept).every((keys) => Array.isArray(keys) && keys.every((key) => typeof key === 'string'));

/** Notes the settings that are wanted, besides those that are noted already. To be called before any is made. */
export function noteSettings(labMounts: LabMounts, wanted: NetworkState): void {
  const noted = madeSettings(labMounts);
  const all: Record<NamespaceName, readonly string[]> = { ...noted };
  for (const [namespace, keys] of Object.entries(passingSettings(labMounts, wanted)))
    all[namespace] = [...new Set([...(noted[namespace] ?? []), ...keys])];
  write(labMounts, noted, all);
}

/** Notes those alone that are wanted, when all others have been put back. */
export const forgetSettings = (labMounts: LabMounts, wanted: NetworkState): void =>
  write(labMounts, madeSettings(labMounts), passingSettings(labMounts, wanted));

function write(labMounts: LabMounts, noted: Names, names: Names): void {
  const text = JSON.stringify(names);
  if (text === JSON.stringify(noted)) return;
  const path = pathOf(labMounts);
  if (Object.keys(names).length === 0) return rmSync(path, { force: true });
  replaceOwn(path, text, PUBLIC_MODE);
}

/** What namespaces have in any topology need not be noted: the lab's own, and each. */
const OF_LAB = new Set(Object.keys(switchSysctls(true)));
const OF_EACH = new Set(Object.keys(NO_FORWARDING));

/** Of the host, what goes with the lab's link alone is noted. */
function passingSettings({ lab }: LabMounts, { namespaces }: NetworkState): Names {
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
 * What namespaces should have, in the kernel's own words: with those of their settings that were observed and that the
 * topology does not mention as they would be had it been made so, and those that the kernel spells otherwise (`8080,8081` is
 * `8080-8081` to it) as it does. One for each comparison: what is found out for one namespace is known for those like it.
 */
export class UsualSettings {
  readonly #known = new Map<string, Readonly<Record<string, string>>>();

  complete(name: NamespaceName, wanted: NamespaceState, actual: ObservedNamespace): NamespaceState {
    const left = Object.keys(actual.sysctls).filter((key) => isLeft(name, key, wanted));
    const respelt = Object.entries(wanted.sysctls).filter(
      ([key, value]) => name !== HOST && interfaceOf(key) === undefined && mayBeSame(value, actual.sysctls[key]),
    );
    if (left.length === 0 && respelt.length === 0) return wanted;
    const keys = [...left, ...respelt.map(([key]) => key)];
    const usual = name === HOST ? valuesOf(keys) : this.#inNew(keys, wanted.sysctls);
    const sysctls = { ...wanted.sysctls };
    for (const key of left) if (usual[key] !== undefined) sysctls[key] = usual[key];
    for (const [key] of respelt) if (usual[key] === actual.sysctls[key]) sysctls[key] = actual.sysctls[key]!;
    return { ...wanted, sysctls };
  }

  /** The values that settings have in a namespace that was made just now, and given those that are wanted. */
  #inNew(keys: readonly string[], wanted: NamespaceState['sysctls']): Readonly<Record<string, string>> {
    const question = JSON.stringify([keys, wanted]);
    let values = this.#known.get(question);
    if (values === undefined) this.#known.set(question, (values = askNew(keys, wanted)));
    return values;
  }
}

/** Whether a setting was made and is wanted no longer, and is there to be put back. */
function isLeft(name: NamespaceName, key: string, wanted: NamespaceState): boolean {
  if (wanted.sysctls[key] !== undefined) return false;
  const end = interfaceOf(key);
  if (end === undefined) return name !== HOST;
  const link = wanted.links[end];
  return link !== undefined && (link.mtu >= IPV6_MIN_MTU || !key.startsWith('net.ipv6.'));
}

const NUMBER = /^-?\d+$/;

/** Whether two spellings that differ may be of the same value: those of numbers are not. */
const mayBeSame = (wanted: string, actual: string | undefined): boolean =>
  actual !== undefined && actual !== wanted && !(NUMBER.test(wanted) && NUMBER.test(actual));

function askNew(keys: readonly string[], wanted: NamespaceState['sysctls']): Record<string, string> {
  return visitNamespaces((thread) => {
    thread.create();
    openPingRange();
    for (const [key, value] of SysctlPlan.general(wanted)) {
      try {
        writeSysctl(key, `${value}\n`);
      } catch {
        // Whoever sets it in the namespace itself will tell.
      }
    }
    return valuesOf(keys);
  });
}

function valuesOf(keys: readonly string[]): Record<string, string> {
  const values: Record<string, string> = {};
  for (const key of keys) {
    const value = readSysctl(usualPlace(key));
    if (value !== undefined) values[key] = value;
  }
  return values;
}

/** Where it stands what a setting is of a new interface: the loopback alone is there already, and has no other. */
function usualPlace(key: string): string {
  const link = interfaceOf(key);
  if (link === undefined || link === 'lo') return key;
  // Only the machine's first namespace has a default for neighbours.
  return key.replace(
    /^(net\.\w+\.(conf|neigh))\.[^.]+/,
    (_, table: string, kind: string) => `${table}.${kind === 'conf' ? 'default' : 'lo'}`,
  );
}

/** What those settings of a namespace are that are no interface's, and that are wanted or were made. */
export function settingsNow(
  labMounts: LabMounts,
  namespace: NamespaceName,
  { sysctls }: NamespaceState,
): Readonly<Record<string, string>> {
  const noted = madeSettings(labMounts)[namespace] ?? [];
  const keys = [...new Set([...noted, ...Object.keys(sysctls)])].filter((key) => interfaceOf(key) === undefined);
  const fd = openNamespace(namespace);
  try {
    return within(fd, () => valuesIn(keys));
  } finally {
    libc.close(fd);
  }
}

/** What the settings are in this thread's namespace. */
const valuesIn = (keys: readonly string[]): Record<string, string> =>
  Object.fromEntries(
    keys.flatMap((key) => {
      const value = readSysctl(key);
      return value === undefined ? [] : [[key, value]];
    }),
  );
