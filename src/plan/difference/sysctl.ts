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

/** Whether a namespace forwards IPv4 from its creation. */
export const forwardsInitially = ({ sysctls }: NamespaceState): boolean => sysctls[IP_FORWARD] === '1';

/** The known settings of a namespace right after its creation. */
export const freshSettings = (state: NamespaceState): Record<string, string> => ({
  [IP_FORWARD]: forwardsInitially(state) ? '1' : '0',
});

/** Whether a setting is one of nf_conntrack. If that is a module, the settings exist once a rule has loaded it. */
export const isConntrackSetting = (key: string): boolean => key.startsWith('net.netfilter.');

/**
 * The interface that a setting belongs to, which must exist first; undefined for `all`, `default` and other settings.
 */
export function interfaceOf(key: string): string | undefined {
  const [, name] = /^net\.(?:ipv4|ipv6|mpls)\.(?:conf|neigh)\.([^.]+)\./.exec(key) ?? [];
  return name === 'all' || name === 'default' ? undefined : name?.replaceAll('/', '.');
}

/** A pattern of the settings that the kernel changes together with a setting; undefined if none. */
function followersOf(key: string): RegExp | undefined {
  if (key === IP_FORWARD || key === IPV4_FORWARDING_OF_ALL) return FOLLOWERS_OF_FORWARDING;
  const [, name] =
    /^net\.ipv6\.conf\.all\.(forwarding|disable_ipv6|disable_policy|ignore_routes_with_linkdown)$/.exec(key) ?? [];
  return name === undefined ? undefined : new RegExp(`^net\\.ipv6\\.conf\\.[^.]+\\.${name}$`);
}

/** accept_redirects is among them since hosts accept redirects and routers do not. */
const FOLLOWERS_OF_FORWARDING = /^net\.ipv4\.(ip_forward|conf\.all\.accept_redirects|conf\.[^.]+\.forwarding)$/;

/** Whether a setting has the wanted value. The kernel returns values with single spaces. */
const isSetting = (actual: string | undefined, wanted: string): boolean =>
  actual === wanted || actual === wanted.trim().replaceAll(/\s+/g, ' ');

/** Plans the settings of namespaces. It takes into account that the kernel changes other settings with some. */
export class SysctlPlan {
  readonly #ops: Operation[];
  /** Patterns of the settings that the kernel changes through the operations planned so far, by namespace. */
  readonly #disturbed = new Map<NamespaceName, RegExp[]>();

  readonly #lab: string;
  /** The lab's links on the host: their settings disappear with them, and need no saving. */
  readonly #ownLinks: Readonly<Record<string, unknown>>;
  /** The keys of the single note-sysctls operation. */
  #saved: string[] | undefined;

  constructor(ops: Operation[], { namespaces }: Pick<NetworkState, 'namespaces'>) {
    this.#ops = ops;
    this.#lab = parseNamespaceName(Object.keys(namespaces).find((name) => name !== HOST) ?? HOST).lab;
    this.#ownLinks = namespaces[HOST]?.links ?? {};
  }

  /** The settings that belong to no interface, in the order of execution. */
  static general(sysctls: NamespaceState['sysctls']): [key: string, value: string][] {
    const settings = Object.entries(sysctls).filter(([key]) => interfaceOf(key) === undefined);
    const first = settings.filter(([key]) => followersOf(key) !== undefined);
    return first.length === 0 ? settings : [...first, ...settings.filter((setting) => !first.includes(setting))];
  }

  /** Plans a setting. @param actual its present value; undefined if unknown */
  set(namespace: NamespaceName, key: string, value: string, actual: string | undefined): void {
    if (isSetting(this.disturbs(namespace, key) ? undefined : actual, value)) return;
    if (namespace === HOST) this.#save(key);
    this.#ops.push({ op: 'set-sysctl', namespace, key, value });
    const followers = followersOf(key);
    if (followers === undefined) return;
    const disturbed = this.#disturbed.get(namespace);
    if (disturbed === undefined) this.#disturbed.set(namespace, [followers]);
    else disturbed.push(followers);
  }

  /** Adds a key of the host to the note-sysctls operation, which precedes the first change. */
  #save(key: string): void {
    const link = interfaceOf(key);
    if (link !== undefined && this.#ownLinks[link] !== undefined) return;
    if (this.#saved?.includes(key) === true) return;
    if (this.#saved === undefined)
      this.#ops.push({ op: 'note-sysctls', namespace: HOST, lab: this.#lab, keys: (this.#saved = []) });
    this.#saved.push(key);
  }

  /** Whether an operation planned so far can change other settings of a namespace. */
  isDisturbed(namespace: NamespaceName): boolean {
    return this.#disturbed.has(namespace);
  }

  /** Whether an operation planned so far can change a setting. */
  disturbs(namespace: NamespaceName, key: string): boolean {
    return this.#disturbed.get(namespace)?.some((followers) => followers.test(key)) === true;
  }
}
