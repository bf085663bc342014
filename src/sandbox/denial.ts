import type { Ip } from '../addr/index.ts';

/** Something that a sandboxed command tried and was refused. */
export type Denial = DeniedPacket | DeniedName;

/** As well as can be told: a process may have ended, or closed its socket, by the time it is looked for. */
interface Who {
  readonly time: Date;
  /** The program's name as the kernel has it (comm), and its id outside the sandbox. */
  readonly process?: string;
  readonly pid?: number;
}

export interface DeniedPacket extends Who {
  readonly kind: 'packet';
  /** `tcp`, `udp`, `icmp` …, or a number. */
  readonly protocol: string;
  readonly address: Ip;
  readonly port?: number;
  /** The name that the address was last given for. */
  readonly name?: string;
}

export interface DeniedName extends Who {
  readonly kind: 'name';
  readonly name: string;
  /** Of the record asked for: `A`, `TXT` …, or `TYPE` and its number. */
  readonly type: string;
  readonly reason: 'not allowed' | 'record type' | 'private address' | 'too many names';
  /** The addresses that were not to be believed. */
  readonly addresses?: readonly Ip[];
}
