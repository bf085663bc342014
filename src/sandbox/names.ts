import { monotonic } from '../base/index.ts';
import { contains, type Ip } from '../addr/index.ts';
import { HOST_NAME_MAX } from '../format/index.ts';
import type { EgressRule } from '../topology/index.ts';
import { isSpecial } from './special.ts';

/** A label of a host name. Other labels could carry data. */
const HOST_LABEL = /^[a-z0-9_-]{1,63}$/;

/** How many different names below wildcards can be queried at once, and how many more per second. */
const BURST = 100;
const PER_SECOND = 1;

/** The search list of resolv.conf(5). */
export interface SearchList {
  readonly domains: readonly string[];
  readonly ndots: number;
}

/** Decides which names a command may resolve, and to which addresses they may resolve. */
export class NamePolicy {
  readonly #rules: readonly EgressRule[];
  readonly #isOwn: (address: Ip) => boolean;
  readonly #search: () => SearchList;
  readonly #isInHosts: (name: string) => boolean;
  readonly #queried = new Set<string>();
  #tokens = BURST;
  #refilledAt = monotonic();

  /**
   * @param isOwn true for an address of this host
   * @param search the search list of this host: a rule for `db` allows what `db` means on this host
   * @param isInHosts true for a name in this host's /etc/hosts, which is never completed
   */
  constructor(
    rules: readonly EgressRule[],
    isOwn: (address: Ip) => boolean,
    search: () => SearchList,
    isInHosts: (name: string) => boolean,
  ) {
    this.#rules = rules;
    this.#isOwn = isOwn;
    this.#search = search;
    this.#isInHosts = isInHosts;
  }

  /** The rules that allow a name; empty if it is not allowed. */
  rulesFor(name: string): readonly EgressRule[] {
    if (name.length > HOST_NAME_MAX || !name.split('.').every((label) => HOST_LABEL.test(label))) return [];
    return this.#rules.filter(
      (rule) => rule.name !== undefined && (matches(rule.name, name) || this.#isCompleted(rule.name, name)),
    );
  }

  /**
   * True if `name` is the short name of a rule, with fewer dots than `ndots`, completed by a domain of the search list.
   */
  #isCompleted(short: string, name: string): boolean {
    const { domains, ndots } = this.#search();
    return (
      short.split('.').length - 1 < ndots &&
      domains.some((domain) => name === `${short}.${domain}`) &&
      !this.#isInHosts(short)
    );
  }

  /** Removes the domain of the search list from the end of a name; undefined if it has none. */
  withoutDomain(name: string): string | undefined {
    const domain = this.#search().domains.find((suffix) => name.endsWith(`.${suffix}`));
    return domain === undefined ? undefined : name.slice(0, -domain.length - 1);
  }

  /**
   * True if a name may be queried now. Each different name below a wildcard carries data to the owner of the domain, so
   * their number is limited.
   */
  mayQuery(name: string, rules: readonly EgressRule[]): boolean {
    if (this.#queried.has(name) || rules.some((rule) => !rule.name!.startsWith('*.'))) return true;
    const now = monotonic();
    this.#tokens = Math.min(BURST, this.#tokens + ((now - this.#refilledAt) / 1000) * PER_SECOND);
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    this.#queried.add(name);
    return true;
  }

  /**
   * True if a name may resolve to an address. An address of this host or of a private network must also be allowed as
   * an address.
   */
  mayResolveTo(address: Ip): boolean {
    return !(isSpecial(address) || this.#isOwn(address)) || this.#isAllowed(address);
  }

  #isAllowed(address: Ip): boolean {
    return this.#rules.some(({ network }) => network !== undefined && contains(network, address));
  }
}

const matches = (pattern: string, name: string): boolean =>
  pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1 : name === pattern;
