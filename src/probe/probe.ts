import { UsageError } from '../base/index.ts';
import type { Ip } from '../addr/index.ts';
import type { PortOwner } from './port-owner.ts';

export type ProbeProtocol = 'icmp' | 'tcp' | 'udp';

/** One expectation: that packets from a namespace do or do not get an answer from an address. */
export interface Probe {
  /** The name of the namespace under /run/netns that sends. */
  readonly from: string;
  /** The namespace the targets are in: where to answer from when nothing listens on the port, unless it is `served`. */
  readonly toNamespace?: string;
  /** Whether a service may be meant to listen on the port: nothing answers in its place. */
  readonly served?: boolean;
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
  /** Who answered; absent for ICMP, which the kernel answers, and for what is not of the lab. */
  readonly by?: PortOwner;
}

export interface ProbeResult {
  /** Whether it was as expected. */
  readonly ok: boolean;
  /**
   * Why nothing was proved, where nothing was to be reached and nothing could have been, whatever the network lets pass:
   * `alone: no route to 192.0.2.1`.
   */
  readonly empty?: string;
  /** One for each target, in order. */
  readonly outcome: readonly Outcome[];
  /** All of it in a line. */
  readonly detail: string;
}

/**
 * How it ended with a target that was not reached: `unsent`, the sender has no way to it; `forbidden`, a rule or a route of
 * the sender keeps the packet in; `refused`, by an error packet; `closed`, by the target, where nothing has the port;
 * `silent`; `unheard`, when it is not known whether it arrived.
 */
export type End = 'unsent' | 'forbidden' | 'refused' | 'closed' | 'silent' | 'unheard';

/** What became of one target. */
export interface Attempted extends Outcome {
  /** False when nothing could be tried, as from a namespace that does not exist. */
  readonly tried: boolean;
  readonly end?: End;
  /** Why nothing could have been reached, by what the topology says: that nothing was proves nothing. */
  readonly empty?: string;
  /** The same, where the topology says otherwise: the lab is not what it describes. */
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
  const faults = [...new Set(attempted.flatMap((one) => faultOf(probe, one, attempted) ?? []))];
  const nowhere = attempted.length === 0 ? ['there is no address to send to'] : [];
  if (probe.reachable || probe.addressless !== true) faults.push(...nowhere);
  const empty = faults.length > 0 ? [] : [...new Set(attempted.flatMap((one) => one.empty ?? [])), ...nowhere];
  return {
    ok: faults.length === 0,
    ...(empty.length > 0 && { empty: empty.join('; ') }),
    outcome: attempted.map(outcomeOf),
    detail: (faults.length > 0 ? faults : [...attempted.map(said), ...nowhere]).join('; '),
  };
}

function outcomeOf({ target, reached, rttMs, detail, by }: Attempted): Outcome {
  return { target, reached, ...(rttMs === undefined ? {} : { rttMs }), detail, ...(by === undefined ? {} : { by }) };
}

const said = ({ target, detail }: Outcome): string => (detail.includes(target) ? detail : `${target}: ${detail}`);

/** The same of several that were not reached for the same reason: `10.0.0.2, fd00::2: no reply within 1 s`. */
function saidOfAll(one: Attempted, all: readonly Attempted[]): string {
  const alike = all.filter(({ reached, detail }) => !reached && detail === one.detail);
  return one.reached || alike.length < 2 ? said(one) : `${alike.map(({ target }) => target).join(', ')}: ${one.detail}`;
}

function faultOf({ reachable, rtt }: Probe, one: Attempted, all: readonly Attempted[]): string | undefined {
  if (!one.tried || one.reached !== reachable) return saidOfAll(one, all);
  if (!reachable) return one.broken;
  if (rtt === undefined) return undefined;
  const range = `${rtt.min} to ${rtt.max} ms`;
  if (one.rttMs === undefined) return `${said(one)}, so its round-trip time is unknown (expected ${range})`;
  if (one.rttMs >= rtt.min && one.rttMs <= rtt.max) return undefined;
  return `${one.target}: the round trip takes ${milliseconds(one.rttMs)}, not ${range}`;
}

/** `0.08 ms`, `1.2 ms`, `40 ms`: two digits that count. */
export const milliseconds = (ms: number): string =>
  `${ms < 10 ? Number(ms.toPrecision(2)) : Math.round(ms * 10) / 10} ms`;

/** `1 s`, `250 ms`. */
export const duration = (ms: number): string =>
  ms >= 1000 ? `${Math.round(ms / 100) / 10} s` : `${Math.round(ms)} ms`;
