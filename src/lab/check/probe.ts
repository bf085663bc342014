import { UsageError } from '../../base/error.ts';
import type { Ip } from '../../addr/index.ts';

export type ProbeProtocol = 'icmp' | 'tcp' | 'udp';

/** One expectation: that packets from a namespace do or do not get an answer from an address. */
export interface Probe {
  /** The name of the namespace under /run/netns that sends. */
  readonly from: string;
  /** The namespace the targets are in: where to answer from when nothing listens on the port. */
  readonly toNamespace?: string;
  /** One address of each family that is to be tried. */
  readonly targets: readonly Ip[];
  /** Whether what is probed is known to have no address, as a machine without a network: then it is not reached. */
  readonly addressless?: boolean;
  readonly protocol: ProbeProtocol;
  /** 1 to 65,535, of TCP and UDP. */
  readonly port?: number;
  /** True when every target must answer, false when none may. */
  readonly reachable: boolean;
  /** Bounds of the round-trip time in milliseconds, both included. */
  readonly rtt?: { readonly min: number; readonly max: number };
}

export interface Outcome {
  readonly target: Ip;
  readonly reached: boolean;
  /** Milliseconds, of the fastest packet that was not the first; of the first when it was the only one. */
  readonly rttMs?: number;
  /** What happened: `reply after 0.08 ms`, `no reply within 1 s`, `host unreachable from 10.0.0.1 (ICMP)`. */
  readonly detail: string;
}

export interface ProbeResult {
  /** Whether it was as expected. */
  readonly ok: boolean;
  /** One for each target, in order. */
  readonly outcome: readonly Outcome[];
  /** All of it in a line. */
  readonly detail: string;
}

/** What became of one target. `tried` is false when nothing could be sent, as from a namespace that does not exist. */
export interface Attempted extends Outcome {
  readonly tried: boolean;
}

/** @throws UsageError */
export function checkProbe(probe: Probe): void {
  const { protocol, port, rtt } = probe;
  if (protocol !== 'icmp' && !(port !== undefined && Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new UsageError(`a ${protocol} probe needs a port from 1 to 65535, not ${String(port)}`);
  }
  if (rtt !== undefined && !(rtt.min >= 0 && rtt.min <= rtt.max)) {
    throw new UsageError(`a round trip from ${rtt.min} to ${rtt.max} ms is no range`);
  }
}

/** Compares what happened with what was expected. */
export function judge(probe: Probe, attempted: readonly Attempted[]): ProbeResult {
  const faults = attempted.flatMap((one) => faultOf(probe, one) ?? []);
  const nowhere = attempted.length === 0 ? ['there is no address to send to'] : [];
  if (probe.reachable || probe.addressless !== true) faults.push(...nowhere);
  return {
    ok: faults.length === 0,
    outcome: attempted.map(outcomeOf),
    detail: (faults.length > 0 ? faults : [...attempted.map(said), ...nowhere]).join('; '),
  };
}

function outcomeOf({ target, reached, rttMs, detail }: Attempted): Outcome {
  return { target, reached, ...(rttMs === undefined ? {} : { rttMs }), detail };
}

const said = ({ target, detail }: Outcome): string => (detail.includes(target) ? detail : `${target}: ${detail}`);

function faultOf({ reachable, rtt }: Probe, one: Attempted): string | undefined {
  if (!one.tried || one.reached !== reachable) return said(one);
  if (!reachable || rtt === undefined) return undefined;
  const range = `${rtt.min} to ${rtt.max} ms`;
  if (one.rttMs === undefined) return `${said(one)}, so its round trip is not known to be ${range}`;
  if (one.rttMs >= rtt.min && one.rttMs <= rtt.max) return undefined;
  return `${one.target}: the round trip takes ${milliseconds(one.rttMs)}, not ${range}`;
}

/** `0.08 ms`, `1.2 ms`, `40 ms`: two digits that count. */
export const milliseconds = (ms: number): string =>
  `${ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms * 10) / 10} ms`;

/** `1 s`, `250 ms`. */
export const duration = (ms: number): string =>
  ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`;
