import { monotonic, NetwrightError } from '../base/index.ts';
import { familyOf, type Family, type Ip } from '../addr/index.ts';
import { errnoName, explainErrno, SyscallError } from '../ffi/index.ts';
import { IcmpSocket } from './icmp-socket.ts';
import type { PortOwner } from './port-owner.ts';
import { duration, milliseconds, type Attempted, type End, type Probe } from './probe.ts';
import type { Reactor } from './reactor.ts';
import type { Shared } from './shared.ts';

export interface FlowContext {
  readonly reactor: Reactor;
  readonly shared: Shared;
  readonly probe: Probe;
  readonly target: Ip;
  /** Packets, or connections, before giving up. */
  readonly attempts: number;
  /** How long after the first packet an answer may come, in milliseconds. */
  readonly timeoutMs: number;
  /** Why a packet to the target goes no further, if that can be known without an answer. */
  readonly deadEnd: () => string | undefined;
}

/**
 * How long an answer may take before it is asked whether any can come, in milliseconds: routers that have no route say so at
 * once, but not often (net.ipv4.icmp_ratelimit, net.ipv4.route.error_cost).
 */
const LATE = 20;

/**
 * This process may have been busy until the time was up: a responder of its own is to read what has come, and the sender its
 * answer, before nothing is said to have come.
 */
const TURNS = 2;

/**
 * The packets of one probe to one of its targets.
 *
 * The first may have to wait for ARP, or be lost to it: it proves that the target is reached, and where the round-trip
 * time matters more are sent afterwards to measure it. All times are of `monotonic`.
 */
export abstract class Flow {
  protected readonly context: FlowContext;
  protected readonly family: Family;
  readonly target: Ip;
  /** When {@link tick} is to be called again. */
  nextAt = 0;
  result: Attempted | undefined;

  /** Between packets, in milliseconds. */
  readonly #interval: number;
  /** Of packets, how many more are wanted after the first that was answered. */
  readonly #wanted: number;
  #deadline = 0;
  /** How many more turns of the reactor there are when the time is up: see {@link TURNS}. */
  #turns = TURNS;
  #sendAt = 0;
  #lateAt = 0;
  #sent = 0;
  #first: number | undefined;
  readonly #samples: number[] = [];

  constructor(context: FlowContext) {
    this.context = context;
    this.target = context.target;
    this.family = familyOf(context.target);
    this.#interval = context.timeoutMs / context.attempts;
    this.#wanted = context.probe.rtt === undefined ? 0 : Math.max(1, context.attempts - 1);
  }

  /** Opens what the flow needs. */
  protected abstract open(): void;
  /** Sends packet number `sequence`, from 0. */
  protected abstract send(sequence: number): void;
  /** Closes whatever is open; may be called at any time, and twice. */
  abstract close(): void;
  /** The word for an answer: `reply`, `connected`. */
  protected abstract readonly answer: string;
  /** What is known when the time is up. */
  protected silence(): Pick<Attempted, 'reached' | 'detail' | 'end'> {
    return { reached: false, end: 'silent', detail: `no reply within ${duration(this.context.timeoutMs)}` };
  }

  /** Who answers, where that is us. */
  protected get standIn(): PortOwner | undefined {
    return undefined;
  }

  start(now: number): void {
    this.#deadline = now + this.context.timeoutMs;
    this.#lateAt = now + LATE;
    try {
      this.open();
    } catch (error) {
      if (!(error instanceof NetwrightError)) throw error;
      this.#failed(error.message);
      return;
    }
    this.#transmit(now);
  }

  tick(now: number): void {
    if (this.result !== undefined) return;
    if (now >= this.#lateAt) {
      this.#lateAt = Infinity;
      const reason = this.#first === undefined ? this.context.deadEnd() : undefined;
      if (reason !== undefined) return this.refused(reason);
    }
    if (now >= this.#deadline) {
      if (this.#turns-- > 0) {
        this.nextAt = now;
        return;
      }
      if (this.#first === undefined) this.#finish(this.silence());
      else this.#succeed();
    } else if (now >= this.#sendAt) this.#transmit(now);
    else this.nextAt = Math.min(this.#sendAt, this.#deadline);
  }

  /** Packet `sequence` was answered after `rttMs`. */
  protected answered(sequence: number, rttMs: number): void {
    if (this.result !== undefined) return;
    if (sequence > 0) this.#samples.push(rttMs);
    if (this.#samples.length >= this.#wanted) {
      this.#first ??= rttMs;
      this.#succeed();
      return;
    }
    const now = monotonic();
    if (this.#first === undefined) this.#deadline = now + this.context.timeoutMs;
    this.#first ??= rttMs;
    this.#transmit(now);
  }

  /** It is certain that nothing more will come. */
  refused(detail: string, end: End = 'refused'): void {
    if (this.result !== undefined) return;
    if (this.#first === undefined) this.#finish({ reached: false, detail, end });
    else this.#succeed();
  }

  /** As {@link refused}, for the reason that an errno gives: of a call that sends, or by a packet that has come. */
  protected refusedBy(errno: number, when: 'sending' | 'received' = 'received'): void {
    const code = errnoName(errno);
    const detail = this.#refusal(code);
    if (detail === undefined) this.#failed(explainErrno(errno));
    else if (code === 'ECONNREFUSED') this.refused(detail, 'closed');
    else if (when === 'received') this.refused(detail);
    else this.refused(detail, NO_WAY.has(code) ? 'unsent' : 'forbidden');
  }

  #failed(detail: string): void {
    if (this.result === undefined) this.#finish({ reached: false, detail, tried: false });
  }

  #transmit(now: number): void {
    // Lost packets of a measurement are sent again, too, but not without end.
    const limit = this.#first === undefined ? this.context.attempts : 2 * (this.context.attempts + this.#wanted);
    this.#sendAt = this.#sent + 1 < limit ? now + this.#interval : Infinity;
    this.nextAt = Math.min(this.#sendAt, this.#deadline, this.#lateAt);
    if (this.#sent < limit) {
      try {
        this.send(this.#sent++);
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
        // A full queue is like a lost packet.
        if (error.code === 'EAGAIN' || error.code === 'ENOBUFS') return;
        // Only these calls speak of the network.
        if (error instanceof SyscallError && /^(send|sendto|connect)$/.test(error.syscall))
          this.refusedBy(error.errno, 'sending');
        else this.#failed(error.message);
      }
    }
  }

  #succeed(): void {
    const best = this.#samples.length > 0 ? Math.min(...this.#samples) : this.#first!;
    // To the microsecond, which is as good as the clocks are.
    const rttMs = Math.round(best * 1000) / 1000;
    this.#finish({ reached: true, rttMs, detail: `${this.answer} after ${milliseconds(rttMs)}` });
  }

  #finish(result: Omit<Attempted, 'target' | 'tried'> & { readonly tried?: boolean }): void {
    const by = result.reached ? this.standIn : undefined;
    this.result = { tried: true, target: this.target, ...result, ...(by === undefined ? {} : { by }) };
    this.nextAt = 0;
    this.close();
  }

  /** What an errno says of the network between here and the target; undefined when it is not about that. */
  #refusal(code: string): string | undefined {
    const { from } = this.context.probe;
    switch (code) {
      case 'ENETUNREACH':
        return `no route to ${this.target}`;
      case 'EHOSTUNREACH':
      case 'EHOSTDOWN':
      case 'ENONET':
        return 'host unreachable';
      case 'ECONNREFUSED':
        return 'connection refused';
      case 'EPERM':
        return `not permitted to send: a firewall rule in "${from}" forbids it`;
      case 'EACCES':
        return `a route in "${from}" prohibits it`;
      case 'EINVAL':
        return `a route in "${from}" discards it (blackhole)`;
      case 'EADDRNOTAVAIL':
        return `"${from}" has no address to send to ${this.target} from`;
      case 'ENETDOWN':
        return `the interface to ${this.target} is down`;
      case 'ETIMEDOUT':
      case 'EPROTO':
      case 'ENOPROTOOPT':
        return explainErrno(ERRNO[code]);
      default:
        return undefined;
    }
  }
}

/** What the kernel answers to a packet that has no way out of its namespace, and no rule or route that forbids one. */
const NO_WAY: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'EHOSTDOWN', 'ENONET']);

const ERRNO = { ETIMEDOUT: 110, EPROTO: 71, ENOPROTOOPT: 92 } as const;

/** The ICMP socket of the namespace that sends, which all its flows of a family share. */
export const icmpKey = ({ probe }: FlowContext, family: Family): string => `icmp ${probe.from} ${family}`;

export function acquireIcmp(context: FlowContext, family: Family): IcmpSocket {
  const make = (): IcmpSocket => new IcmpSocket(context.reactor, context.probe.from, family);
  return context.shared.acquire(icmpKey(context, family), make);
}

/** The same for what needs it only to say more of a failure: undefined without CAP_NET_RAW. */
export function acquireIcmpIfAllowed(context: FlowContext, family: Family): IcmpSocket | undefined {
  try {
    return acquireIcmp(context, family);
  } catch (error) {
    if (error instanceof SyscallError && error.syscall === 'socket' && error.code === 'EPERM') return undefined;
    throw error;
  }
}
