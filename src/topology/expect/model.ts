import type { Ip } from '../../addr/index.ts';

/** A probe and its expected result. */
export interface Expectation {
  readonly from: string;
  /** As written: a node, `host`, or an address. */
  readonly to: string;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  /** Absent for ICMP. */
  readonly port?: number;
  /** The expected result. */
  readonly reachable: boolean;
  /** The limits of the round-trip time, in milliseconds. */
  readonly rtt?: { readonly min: number; readonly max: number };
  /** The addresses to probe, one of each family; empty if `to` is `host`, whose address depends on the uplink. */
  readonly targets: readonly Ip[];
  /** The name of the node that has the targets. */
  readonly toNode?: string;
  /** The inside address of that node, if the target is the outside address of a one-to-one NAT. */
  readonly inside?: Ip;
  /** Whether a service of that node can listen on the port: then the probe opens no listener in its place. */
  readonly served?: boolean;
  /** A description, such as `laptop reaches web (tcp 80)`. */
  readonly label: string;
}
