import type { Ip } from '../addr/index.ts';

/** An attempt of a sandboxed command that was refused. */
export type Denial = DeniedPacket | DeniedName;

/** The process, if it is known: it can have ended, or closed its socket, before it is looked up. */
interface Who {
  readonly time: Date;
  /** The name of the program (comm), and its process id outside the sandbox. */
  readonly process?: string;
  readonly pid?: number;
}

export interface DeniedPacket extends Who {
  readonly kind: 'packet';
  /** `tcp`, `udp`, `icmp` …, or the protocol number. */
  readonly protocol: string;
  readonly address: Ip;
  readonly port?: number;
  /** The name that last resolved to the address. */
  readonly name?: string;
}

export interface DeniedName extends Who {
  readonly kind: 'name';
  readonly name: string;
  /** The record type of the query: `A`, `TXT` …, or `TYPE` and its number. */
  readonly type: string;
  readonly reason: 'not allowed' | 'record type' | 'private address' | 'too many names';
  /** The private addresses in the answer, which were removed. */
  readonly addresses?: readonly Ip[];
}
