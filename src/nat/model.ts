import type { Cidr, Ip } from '../addr/index.ts';
import type { NatPolicy } from './policy.ts';

/** What a NAT translates between, and how. */
export interface Nat {
  readonly policy: NatPolicy;
  /** Interfaces of the node. */
  readonly inside: readonly string[];
  readonly outside: string;
  /** The address that inside endpoints share; unknown until the lab is built where the outside is the uplink. */
  readonly address: Ip | undefined;
  /** The same for IPv6 with `ipv6: masquerade`; absent where the outside has none that the topology gives it. */
  readonly address6?: Ip;
  /** Inside addresses, and what each has for itself outside. */
  readonly oneToOne: ReadonlyMap<Ip, Ip>;
  /** Subnets of 64 bits inside, and what each is outside. */
  readonly prefixes: ReadonlyMap<Cidr, Cidr>;
}
