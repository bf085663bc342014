import {
  HOST,
  parseNamespaceName,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  IP_FORWARD,
  IPV4_FORWARDING_OF_ALL,
} from '../../state/index.ts';
import type { Operation } from '../operation/index.ts';

/** Whether a namespace is to forward IPv4 from the beginning. */
export const forwardsFromTheStart = ({ sysctls }: NamespaceState): boolean => sysctls[IP_FORWARD] === '1';

/** What is known of the settings of a namespace that was just made to be like this. */
export const freshSettings = (state: NamespaceState): Record<string, string> => ({
  [IP_FORWARD]: forwardsFromTheStart(state) ? '1' : '0',
});

/** Settings of what tracks connections: there once a rule has asked for that, where it is a module of its own. */
export const isConntrackSetting = (key: string): boolean => key.startsWith('net.netfilter.');

/** The interface that a setting is of, which must be there first; undefined for one of all, or of new ones. */
export function interfaceOf(key: string): string | undefined {
  const [, name] = /^net\.(?:ipv4|ipv6|mpls)\.(?:conf|neigh)\.([^.]+)\./.exec(key) ?? [];
  return name === 'all' || name === 'default' ? undefined : name?.replaceAll('/', '.');
}

/** The settings that the kernel changes, too, when it changes one; undefined for one that has none. */
function followersOf(key: string): RegExp | undefined {
  if (key === IP_FORWARD || key === IPV4_FORWARDING_OF_ALL) return FOLLOWERS_OF_FORWARDING;
  const [, name] =
    /^net\.ipv6\.conf\.all\.(forwarding|disable_ipv6|disable_policy|ignore_routes_with_linkdown)$/.exec(key) ?? [];
  return name === undefined ? undefined : new RegExp(`^net\\.ipv6\\.conf\\.[^.]+\\.${name}$`);
}

/** Redirects are believed by hosts and not by routers. */
const FOLLOWERS_OF_FORWARDING = /^net\.ipv4\.(ip_forward|conf\.all\.accept_redirects|conf\.[^.]+\.forwarding)$/;

/** Whether a setting has a value, which the kernel gives back with single blanks. */
const isSetting = (actual: string | undefined, wanted: string): boolean =>
  actual === wanted || actual === wanted.trim().replaceAll(/\s+/g, ' ');

/** The settings of a namespace while it is planned: what a step sets may change others. */
export class SysctlPlan {
  readonly #ops: Operation[];
  /** What the kernel changes by the steps planned so far, in each namespace. */
  readonly #disturbed = new Map<NamespaceName, RegExp[]>();

  readonly #lab: string;
  /** The host's links that are the lab's: their settings go with them. */
  readonly #ownLinks: Readonly<Record<string, unknown>>;
  /** The settings of the host that are noted, by the one operation that does. */
  #noted: string[] | undefined;

  constructor(ops: Operation[], { namespaces }: Pick<NetworkState, 'namespaces'>) {
    this.#ops = ops;
    this.#lab = parseNamespaceName(Object.keys(namespaces).find((name) => name !== HOST) ?? HOST).lab;
    this.#ownLinks = namespaces[HOST]?.links ?? {};
  }

  /** Those of settings that are not one interface's, in the order in which to set them. */
  static general(sysctls: NamespaceState['sysctls']): [key: string, value: string][] {
    const settings = Object.entries(sysctls).filter(([key]) => interfaceOf(key) === undefined);
    const first = settings.filter(([key]) => followersOf(key) !== undefined);
    return first.length === 0 ? settings : [...first, ...settings.filter((setting) => !first.includes(setting))];
  }

  /** @param actual what it is now; undefined when that is not known */
  set(namespace: NamespaceName, key: string, value: string, actual: string | undefined): void {
    if (isSetting(this.disturbs(namespace, key) ? undefined : actual, value)) return;
    if (namespace === HOST) this.#note(key);
    this.#ops.push({ op: 'set-sysctl', namespace, key, value });
    const followers = followersOf(key);
    if (followers === undefined) return;
    const disturbed = this.#disturbed.get(namespace);
    if (disturbed === undefined) this.#disturbed.set(namespace, [followers]);
    else disturbed.push(followers);
  }

  /** Has what the host has noted, all at once and before the first of it is changed. */
  #note(key: string): void {
    const link = interfaceOf(key);
    if (link !== undefined && this.#ownLinks[link] !== undefined) return;
    if (this.#noted?.includes(key) === true) return;
    if (this.#noted === undefined)
      this.#ops.push({ op: 'note-sysctls', namespace: HOST, lab: this.#lab, keys: (this.#noted = []) });
    this.#noted.push(key);
  }

  /** Whether a step planned so far may change any setting that another one sets. */
  isDisturbed(namespace: NamespaceName): boolean {
    return this.#disturbed.has(namespace);
  }

  /** Whether a step planned so far may change a setting. */
  disturbs(namespace: NamespaceName, key: string): boolean {
    return this.#disturbed.get(namespace)?.some((followers) => followers.test(key)) === true;
  }
}
