import { monotonic } from '../base/index.ts';
import { setImmediate } from 'node:timers/promises';
import type { Ip } from '../addr/index.ts';
import type { Flow, FlowContext } from './flow.ts';
import { IcmpFlow } from './icmp-flow.ts';
import { checkProbe, judge, type Attempted, type Probe, type ProbeResult } from './probe.ts';
import { limitOf, ownDescriptors, requirePrivilege } from '../proc/index.ts';
import { Reactor } from './reactor.ts';
import { Shared } from './shared.ts';
import { TcpFlow } from './tcp-flow.ts';
import { UdpFlow } from './udp-flow.ts';

export interface ProbeOptions {
  /**
   * How long to wait for a reply, in milliseconds; 1000 when absent, and at least three times the highest expected RTT.
   */
  readonly timeoutMs?: number;
  /** The number of packets to a target, spread over `timeoutMs`; 3 when absent. */
  readonly attempts?: number;
  readonly signal?: AbortSignal;
  /** Why packets of probe `index` cannot reach the target. Called at most once per target, if a reply is late. */
  readonly deadEnd?: (index: number, target: Ip) => string | undefined;
  /** Returns the result for a target of probe `index` with more details, or with another verdict. */
  readonly examine?: (index: number, attempted: Attempted) => Attempted;
  /** Called as soon as a probe is complete, in any order. */
  readonly onResult?: (index: number, result: ProbeResult) => void;
}

/** The longest wait for packets before other work of this thread can run, in milliseconds. */
const SLICE = 5;

/** The most descriptors of one shared object: those of a UDP responder for a node with two addresses. */
const DESCRIPTORS_PER_SHARED = 2;

/** How many probes start before packets are handled again. */
const STARTS_AT_ONCE = 64;

/**
 * Sends the packets of all probes concurrently and returns a result for each. This keeps the calling thread busy, in
 * slices of a few milliseconds.
 * @throws UsageError for an invalid probe; CapabilityError without root; the reason of `signal`, after all sockets are
 * closed
 */
export async function runProbes(probes: readonly Probe[], options: ProbeOptions = {}): Promise<ProbeResult[]> {
  for (const probe of probes) checkProbe(probe);
  options.signal?.throwIfAborted();
  requirePrivilege('sending packets from nodes');
  const run = new Run(probes, options);
  try {
    return await run.finish();
  } finally {
    run.close();
  }
}

interface Active {
  readonly index: number;
  readonly cost: number;
  readonly flows: readonly Flow[];
}

class Run {
  readonly #probes: readonly Probe[];
  readonly #options: ProbeOptions;
  readonly #reactor = new Reactor();
  readonly #shared = new Shared();
  readonly #budget = descriptorBudget();
  readonly #active = new Set<Active>();
  readonly #results: ProbeResult[] = [];
  #started = 0;
  #descriptors = 0;

  constructor(probes: readonly Probe[], options: ProbeOptions) {
    this.#probes = probes;
    this.#options = options;
  }

  async finish(): Promise<ProbeResult[]> {
    for (;;) {
      this.#startSome();
      const due = this.#tick();
      const waiting = this.#started < this.#probes.length && this.#fits(this.#probes[this.#started]!);
      if (!waiting && this.#active.size === 0) return this.#results;
      const wait = waiting || due === 0 ? 0 : Math.max(0, Math.min(SLICE, Math.ceil(due - monotonic())));
      this.#reactor.turn(wait);
      await setImmediate();
      this.#options.signal?.throwIfAborted();
    }
  }

  #startSome(): void {
    for (let n = 0; n < STARTS_AT_ONCE && this.#started < this.#probes.length; n++) {
      const probe = this.#probes[this.#started]!;
      if (!this.#fits(probe)) return;
      const flows = probe.targets.map((target) => new FLOWS[probe.protocol](this.#contextOf(this.#started, target)));
      const active = { index: this.#started, cost: costOf(probe, this.#attempts), flows };
      this.#started++;
      this.#descriptors += active.cost;
      this.#active.add(active);
      for (const flow of flows) flow.start(monotonic());
    }
  }

  /** Sends the packets that are due, and completes probes. Returns the time of the next tick. */
  #tick(): number {
    const now = monotonic();
    let due = Infinity;
    for (const active of this.#active) {
      let complete = true;
      for (const flow of active.flows) {
        if (flow.result === undefined && flow.nextAt <= now) flow.tick(now);
        if (flow.result !== undefined) continue;
        complete = false;
        due = Math.min(due, flow.nextAt);
      }
      if (complete) this.#complete(active);
    }
    return this.#active.size === 0 ? 0 : due;
  }

  #complete(active: Active): void {
    this.#active.delete(active);
    this.#descriptors -= active.cost;
    const { examine = (_: number, attempted: Attempted) => attempted } = this.#options;
    const attempted = active.flows.map((flow) => examine(active.index, flow.result!));
    const result = judge(this.#probes[active.index]!, attempted);
    this.#results[active.index] = result;
    this.#options.onResult?.(active.index, result);
  }

  #fits(probe: Probe): boolean {
    // The probe can need a new ICMP socket and a new listener.
    const shared = DESCRIPTORS_PER_SHARED * (this.#shared.size + 2 * probe.targets.length);
    return this.#active.size === 0 || this.#descriptors + costOf(probe, this.#attempts) + shared <= this.#budget;
  }

  get #attempts(): number {
    return Math.max(1, Math.floor(this.#options.attempts ?? 3));
  }

  #contextOf(index: number, target: Ip): FlowContext {
    const probe = this.#probes[index]!;
    const deadEnd = (): string | undefined => this.#options.deadEnd?.(index, target);
    // The first round trip can include ARP or NDP at every hop.
    const timeoutMs = Math.max(1, this.#options.timeoutMs ?? 1000, 3 * (probe.rtt?.max ?? 0));
    return {
      reactor: this.#reactor,
      shared: this.#shared,
      probe,
      target,
      attempts: this.#attempts,
      timeoutMs,
      deadEnd,
    };
  }

  close(): void {
    for (const { flows } of this.#active) for (const flow of flows) flow.close();
    this.#active.clear();
    this.#reactor.close();
  }
}

const FLOWS = { icmp: IcmpFlow, tcp: TcpFlow, udp: UdpFlow };

/** The most descriptors that a probe has open at a time, without shared ones. */
function costOf({ protocol, targets }: Probe, attempts: number): number {
  return targets.length * { icmp: 0, tcp: attempts, udp: 1 }[protocol];
}

/** How many descriptors to use at a time: half of those that this process can still open (RLIMIT_NOFILE). */
function descriptorBudget(): number {
  const { soft } = limitOf('self', 'open files') ?? { soft: 1024 };
  return Math.min(8192, Math.max(64, Math.floor((soft - ownDescriptors().length) / 2)));
}
