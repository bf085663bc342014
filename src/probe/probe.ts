import { UsageError } from '../base/index.ts';
import type { Ip } from '../addr/index.ts';
import type { PortOwner } from './port-owner.ts';

export type ProbeProtocol = 'icmp' | 'tcp' | 'udp';

/** One expectation: packets from a namespace get a reply from an address, or do not. */
export interface Probe {
  /** The name of the namespace under /run/netns that sends. */
  readonly from: string;
  /** The namespace of the targets. If nothing listens on the port there, this process does, unless `served` is true. */
  readonly toNamespace?: string;
  /** True if a service could be meant to listen on the port: this process then does not listen in its place. */
  readonly served?: boolean;
  /** One address of each family to try. */
  readonly targets: readonly Ip[];
  /** True if the target is known to have no address, as a node without a network has: it is then unreachable. */
  readonly addressless?: boolean;
  readonly protocol: ProbeProtocol;
  /** 1 to 65,535, for TCP and UDP. */
  readonly port?: number;
  /** True if every target must reply, false if none must. */
  readonly reachable: boolean;
  /** The bounds of the round-trip time in milliseconds, inclusive. */
  readonly rtt?: { readonly min: number; readonly max: number };
}

export interface Outcome {
  readonly target: Ip;
  readonly reached: boolean;
  /** The lowest round-trip time in milliseconds, without that of the first packet if there were more. */
  readonly rttMs?: number;
  /** What happened: `reply after 0.08 ms`, `no reply within 1 s`, `host unreachable from 10.0.0.1 (ICMP)`. */
  readonly detail: string;
  /** The owner of the port; absent for ICMP, since the kernel replies, and for targets outside the lab. */
  readonly by?: PortOwner;
}

export interface ProbeResult {
  /** True if the outcome is the expected one. */
  readonly ok: boolean;
  /**
   * Why the result proves nothing: the targets are to be unreachable, and would be so without any filter:
   * `alone: no route to 192.0.2.1`.
   */
  readonly empty?: string;
  /** One for each target, in order. */
  readonly outcome: readonly Outcome[];
  /** The whole result in one line. */
  readonly detail: string;
}

/**
 * Why a target was not reached: `unsent`, the sender has no route to it; `forbidden`, a rule or a route of the sender
 * drops the packet; `refused`, an error packet arrived; `closed`, no program has the target's port; `silent`, no reply
 * arrived; `unconfirmed`, no reply arrived, and the packet itself could not be observed at the target.
 */
export type End = 'unsent' | 'forbidden' | 'refused' | 'closed' | 'silent' | 'unconfirmed';

/** The result for one target. */
export interface Attempted extends Outcome {
  /** False if no packet could be sent, as from a namespace that does not exist. */
  readonly tried: boolean;
  readonly end?: End;
  /** Why the target is unreachable according to the topology: the result then proves nothing. */
  readonly empty?: string;
  /** Why the target is unreachable although the topology has a path to it: the lab differs from its topology. */
  readonly broken?: string;
}

/** @throws UsageError */
export function checkProbe(probe: Probe): void {
  const { protocol, port, rtt } = probe;
  if (protocol !== 'icmp' && !(port !== undefined && Number.isInteger(port) && port > 0 && port < 65536)) {
    throw new UsageError(`a ${protocol} probe needs a port from 1 to 65535, not ${String(port)}`);
  }
  if (rtt !== undefined && !(rtt.min >= 0 && rtt.min <= rtt.max)) {
    throw new UsageError(`invalid round-trip range: ${rtt.min} to ${rtt.max} ms`);
  }
}

/** Compares what happened with what was expected. */
export function judge(probe: Probe, attempted: readonly Attempted[]): ProbeResult {
  const faults = [...new Set(attempted.flatMap((attempt) => faultOf(probe, attempt, attempted) ?? []))];
  const noAddress = attempted.length === 0 ? ['there is no address to send to'] : [];
  if (probe.reachable || probe.addressless !== true) faults.push(...noAddress);
  const empty =
    faults.length > 0 ? [] : [...new Set(attempted.flatMap((attempt) => attempt.empty ?? [])), ...noAddress];
  return {
    ok: faults.length === 0,
    ...(empty.length > 0 && { empty: empty.join('; ') }),
    outcome: attempted.map(outcomeOf),
    detail: (faults.length > 0 ? faults : [...attempted.map(textOf), ...noAddress]).join('; '),
  };
}

function outcomeOf({ target, reached, rttMs, detail, by }: Attempted): Outcome {
  return { target, reached, ...(rttMs === undefined ? {} : { rttMs }), detail, ...(by === undefined ? {} : { by }) };
}

const textOf = ({ target, detail }: Outcome): string => (detail.includes(target) ? detail : `${target}: ${detail}`);

/** The text for all targets that failed for the same reason: `10.0.0.2, fd00::2: no reply within 1 s`. */
function joinedTextOf(attempt: Attempted, all: readonly Attempted[]): string {
  const { reached, detail } = attempt;
  const alike = all.filter((other) => !other.reached && other.detail === detail);
  return reached || alike.length < 2 ? textOf(attempt) : `${alike.map(({ target }) => target).join(', ')}: ${detail}`;
}

function faultOf({ reachable, rtt }: Probe, attempt: Attempted, all: readonly Attempted[]): string | undefined {
  if (!attempt.tried || attempt.reached !== reachable) return joinedTextOf(attempt, all);
  if (!reachable) return attempt.broken;
  if (rtt === undefined) return undefined;
  const range = `${rtt.min} to ${rtt.max} ms`;
  const { target, rttMs } = attempt;
  if (rttMs === undefined) return `${textOf(attempt)}, so its round-trip time is unknown (expected ${range})`;
  if (rttMs >= rtt.min && rttMs <= rtt.max) return undefined;
  return `${target}: the round trip takes ${milliseconds(rttMs)}, not ${range}`;
}

/** `0.08 ms`, `1.2 ms`, `40 ms`: two significant digits. */
export const milliseconds = (ms: number): string =>
  `${ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms * 10) / 10} ms`;

/** `1 s`, `250 ms`. */
export const duration = (ms: number): string =>
  ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`;
