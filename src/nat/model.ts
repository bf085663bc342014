import type { Cidr, Ip } from '../addr/index.ts';
import type { NatPolicy } from './policy.ts';

/** A NAT: its policy, and the interfaces and addresses it translates between. */
export interface Nat {
  readonly policy: NatPolicy;
  /** Interfaces of the node towards inside endpoints. */
  readonly inside: readonly string[];
  /** The interface of the node towards outside endpoints. */
  readonly outside: string;
  /** The outside address that inside endpoints share; undefined until the lab exists if the outside is the uplink. */
  readonly address: Ip | undefined;
  /** The same for IPv6 with `ipv6: masquerade`; absent if the topology gives the outside interface no IPv6 address. */
  readonly address6?: Ip;
  /** Inside addresses with an outside address of their own (1:1 NAT). */
  readonly oneToOne: ReadonlyMap<Ip, Ip>;
  /** Inside /64 prefixes and the outside /64 prefixes that replace them (NPTv6). */
  readonly prefixes: ReadonlyMap<Cidr, Cidr>;
}
