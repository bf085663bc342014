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
  /** The number of packets, or connections, before the flow gives up. */
  readonly attempts: number;
  /** How long to wait for a reply after the first packet, in milliseconds. */
  readonly timeoutMs: number;
  /** Why no packet can reach the target, according to the routes of the lab's nodes; undefined if they do not say. */
  readonly deadEnd: () => string | undefined;
}

/**
 * How long to wait for a reply before {@link FlowContext.deadEnd} is called, in milliseconds. Routers without a route
 * send an ICMP error at once, but the kernel limits their rate (net.ipv4.icmp_ratelimit, net.ipv4.route.error_cost).
 */
const LATE = 20;

/**
 * Turns of the reactor after the timeout. This process can have been busy until then: the responder, which is part of
 * it, must still read the packets that have arrived, and the sender the replies.
 */
const EXTRA_TURNS = 2;

/**
 * The packets of one probe to one of its targets.
 *
 * The first packet can be delayed by ARP, or lost. Its reply proves that the target is reachable. If the probe asks for
 * the round-trip time, more packets are sent to measure it. All times are from `monotonic`.
 */
export abstract class Flow {
  protected readonly context: FlowContext;
  protected readonly family: Family;
  readonly target: Ip;
  /** When to call {@link tick} again. */
  nextAt = 0;
  result: Attempted | undefined;

  /** The time between packets, in milliseconds. */
  readonly #interval: number;
  /** The number of round-trip times to measure after the first reply. */
  readonly #wanted: number;
  #deadline = 0;
  #extraTurns = EXTRA_TURNS;
  #sendAt = 0;
  #lateAt = 0;
  #sent = 0;
  /** The round-trip time of the first reply, in milliseconds. */
  #first: number | undefined;
  readonly #samples: number[] = [];
  /** The keys of what this flow has acquired from {@link Shared}. */
  readonly #sharedKeys: string[] = [];
  #closed = false;

  constructor(context: FlowContext) {
    this.context = context;
    this.target = context.target;
    this.family = familyOf(context.target);
    this.#interval = context.timeoutMs / context.attempts;
    this.#wanted = context.probe.rtt === undefined ? 0 : Math.max(1, context.attempts - 1);
  }

  /** Opens the sockets of the flow. */
  protected abstract open(): void;
  /** Sends packet number `sequence`, from 0. */
  protected abstract send(sequence: number): void;
  /** Closes the flow's own sockets, and removes the flow from the shared ones. */
  protected abstract closeSockets(): void;
  /** The word for a reply in messages: `reply`, `connected`. */
  protected abstract readonly answer: string;
  /** The result after the timeout. */
  protected silence(): Pick<Attempted, 'reached' | 'detail' | 'end'> {
    return { reached: false, end: 'silent', detail: `no reply within ${duration(this.context.timeoutMs)}` };
  }

  /** The owner of the target's port, if that is this process. */
  protected get standIn(): PortOwner | undefined {
    return undefined;
  }

  /** The target's port, for TCP and UDP. */
  protected get port(): number {
    return this.context.probe.port!;
  }

  /** The raw ICMP socket of the sending namespace and family. @throws SyscallError EPERM without CAP_NET_RAW */
  protected icmpSocket(): IcmpSocket {
    const { probe, reactor } = this.context;
    return this.#share(`icmp ${probe.from} ${this.family}`, () => new IcmpSocket(reactor, probe.from, this.family));
  }

  /** The same, for flows that need it only to explain failures: undefined without CAP_NET_RAW. */
  protected icmpSocketIfPermitted(): IcmpSocket | undefined {
    try {
      return this.icmpSocket();
    } catch (error) {
      if (error instanceof SyscallError && error.syscall === 'socket' && error.code === 'EPERM') return undefined;
      throw error;
    }
  }

  /** A socket at the target's port, which all flows to this port share. `kind` names its class. */
  protected atPort<T extends { close(): void }>(kind: string, namespace: string, make: () => T): T {
    return this.#share(`${kind} ${namespace} ${this.family} ${this.port}`, make);
  }

  #share<T extends { close(): void }>(key: string, make: () => T): T {
    const acquired = this.context.shared.acquire(key, make);
    this.#sharedKeys.push(key);
    return acquired;
  }

  /** Closes whatever is open. Can be called at any time, and more than once. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.closeSockets();
    for (const key of this.#sharedKeys) this.context.shared.release(key);
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
      if (this.#extraTurns-- > 0) {
        this.nextAt = now;
        return;
      }
      if (this.#first === undefined) this.#finish(this.silence());
      else this.#succeed();
    } else if (now >= this.#sendAt) this.#transmit(now);
    else this.nextAt = Math.min(this.#sendAt, this.#deadline);
  }

  /** The reply to packet `sequence` arrived after `rttMs` milliseconds. */
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

  /** Ends the flow: no more replies can arrive. */
  refused(detail: string, end: End = 'refused'): void {
    if (this.result !== undefined) return;
    if (this.#first === undefined) this.#finish({ reached: false, detail, end });
    else this.#succeed();
  }

  /** As {@link refused}, for an errno: of a call that sends, or of an error packet that was received. */
  protected refusedBy(errno: number, when: 'sending' | 'received' = 'received'): void {
    const code = errnoName(errno);
    const detail = this.#refusal(code);
    if (detail === undefined) this.#failed(explainErrno(errno));
    else if (code === 'ECONNREFUSED') this.refused(detail, 'closed');
    else if (when === 'received') this.refused(detail);
    else this.refused(detail, NO_ROUTE.has(code) ? 'unsent' : 'forbidden');
  }

  #failed(detail: string): void {
    if (this.result === undefined) this.#finish({ reached: false, detail, tried: false });
  }

  #transmit(now: number): void {
    // Lost packets of a measurement are sent again, but not without limit.
    const limit = this.#first === undefined ? this.context.attempts : 2 * (this.context.attempts + this.#wanted);
    this.#sendAt = this.#sent + 1 < limit ? now + this.#interval : Infinity;
    this.nextAt = Math.min(this.#sendAt, this.#deadline, this.#lateAt);
    if (this.#sent < limit) {
      try {
        this.send(this.#sent++);
      } catch (error) {
        if (!(error instanceof NetwrightError)) throw error;
        // A full queue counts as a lost packet.
        if (error.code === 'EAGAIN' || error.code === 'ENOBUFS') return;
        // Only the errors of these calls are about the network.
        if (error instanceof SyscallError && /^(send|sendto|connect)$/.test(error.syscall))
          this.refusedBy(error.errno, 'sending');
        else this.#failed(error.message);
      }
    }
  }

  #succeed(): void {
    const best = this.#samples.length > 0 ? Math.min(...this.#samples) : this.#first!;
    // The clocks have a resolution of one microsecond.
    const rttMs = Math.round(best * 1000) / 1000;
    this.#finish({ reached: true, rttMs, detail: `${this.answer} after ${milliseconds(rttMs)}` });
  }

  #finish(result: Omit<Attempted, 'target' | 'tried'> & { readonly tried?: boolean }): void {
    const by = result.reached ? this.standIn : undefined;
    this.result = { tried: true, target: this.target, ...result, ...(by === undefined ? {} : { by }) };
    this.nextAt = 0;
    this.close();
  }

  /** The text for an errno that is about the network between the sender and the target; undefined for any other. */
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

/** The errors of a packet that has no route out of its namespace, as opposed to a rule or a route that forbids it. */
const NO_ROUTE: ReadonlySet<string> = new Set(['ENETUNREACH', 'EADDRNOTAVAIL', 'ENETDOWN', 'EHOSTDOWN', 'ENONET']);

const ERRNO = { ETIMEDOUT: 110, EPROTO: 71, ENOPROTOOPT: 92 } as const;
