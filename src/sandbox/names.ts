import { monotonic } from '../base/index.ts';
import { contains, type Ip } from '../addr/index.ts';
import { HOST_NAME_MAX } from '../format/index.ts';
import type { EgressRule } from '../topology/index.ts';
import { isSpecial } from './special.ts';

/** Labels that are a host's. Anything else is a way to carry data. */
const HOST_LABEL = /^[a-z0-9_-]{1,63}$/;

/** How many different names below wildcards may be asked for at once, and how many more a second. */
const BURST = 100;
const PER_SECOND = 1;

export interface Search {
  readonly domains: readonly string[];
  readonly ndots: number;
}

/** What of the names that a command asks for is allowed, and which addresses they may lead to. */
export class NamePolicy {
  readonly #rules: readonly EgressRule[];
  readonly #isOwn: (address: Ip) => boolean;
  readonly #search: () => Search;
  readonly #isInHosts: (name: string) => boolean;
  readonly #known = new Set<string>();
  #left = BURST;
  #filled = monotonic();

  /**
   * @param isOwn whether an address is this machine's own
   * @param search how this machine completes names: a rule for `db` means what `db` means here
   * @param isInHosts whether this machine has a name in /etc/hosts, and so never completes it
   */
  constructor(
    rules: readonly EgressRule[],
    isOwn: (address: Ip) => boolean,
    search: () => Search,
    isInHosts: (name: string) => boolean,
  ) {
    this.#rules = rules;
    this.#isOwn = isOwn;
    this.#search = search;
    this.#isInHosts = isInHosts;
  }

  /** The rules that allow a name; none when it is not allowed. */
  rulesFor(name: string): readonly EgressRule[] {
    if (name.length > HOST_NAME_MAX || !name.split('.').every((label) => HOST_LABEL.test(label))) return [];
    return this.#rules.filter(
      (rule) => rule.name !== undefined && (matches(rule.name, name) || this.#isShort(rule.name, name)),
    );
  }

  /** Whether a name is one of few dots with a domain of the search list. */
  #isShort(short: string, name: string): boolean {
    const { domains, ndots } = this.#search();
    return (
      short.split('.').length - 1 < ndots &&
      domains.some((domain) => name === `${short}.${domain}`) &&
      !this.#isInHosts(short)
    );
  }

  /** A name without the domain of the search list that it ends in, if it does. */
  withoutDomain(name: string): string | undefined {
    const domain = this.#search().domains.find((one) => name.endsWith(`.${one}`));
    return domain === undefined ? undefined : name.slice(0, -domain.length - 1);
  }

  /**
   * Whether a name may be asked for now. Each different name below a wildcard tells whoever serves them something: there
   * is a limit to how many are passed on.
   */
  mayAsk(name: string, rules: readonly EgressRule[]): boolean {
    if (this.#known.has(name) || rules.some((rule) => !rule.name!.startsWith('*.'))) return true;
    const now = monotonic();
    this.#left = Math.min(BURST, this.#left + ((now - this.#filled) / 1000) * PER_SECOND);
    this.#filled = now;
    if (this.#left < 1) return false;
    this.#left--;
    this.#known.add(name);
    return true;
  }

  /**
   * Whether a name may lead to an address. One that is this machine's own, or of a private network, is no name's to give:
   * it must be allowed as an address, too.
   */
  mayLeadTo(address: Ip): boolean {
    return !(isSpecial(address) || this.#isOwn(address)) || this.#isOpen(address);
  }

  #isOpen(address: Ip): boolean {
    return this.#rules.some(({ network }) => network !== undefined && contains(network, address));
  }
}

const matches = (pattern: string, name: string): boolean =>
  pattern.startsWith('*.') ? name.endsWith(pattern.slice(1)) && name.length > pattern.length - 1 : name === pattern;
