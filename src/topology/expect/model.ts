import type { Ip } from '../../addr/index.ts';

/** A probe and what must come of it. */
export interface Expectation {
  readonly from: string;
  /** As written: a node, `host` or an address. */
  readonly to: string;
  readonly protocol: 'icmp' | 'tcp' | 'udp';
  readonly port?: number;
  readonly reachable: boolean;
  /** Milliseconds. */
  readonly rtt?: { readonly min: number; readonly max: number };
  /** One of each family to try; none when `to` is the host, whose address depends on the uplink. */
  readonly targets: readonly Ip[];
  /** The node that the targets belong to. */
  readonly toNode?: string;
  /** That node's address, where a NAT on the way has the target as its outside one. */
  readonly inside?: Ip;
  /** Whether a service of that node may listen on the port, so that nothing else may answer in its place. */
  readonly served?: boolean;
  /** For people: `laptop reaches web (tcp 80)`. */
  readonly label: string;
}
