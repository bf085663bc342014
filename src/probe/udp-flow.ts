import { IPPROTO_UDP, libc, MSG_DONTWAIT, SOCK_DGRAM, SyscallError } from '../ffi/index.ts';
import type { PortOwner } from './port-owner.ts';
import { SendTime } from './send-time.ts';
import { acquireIcmpIfAllowed, Flow, icmpKey } from './flow.ts';
import type { IcmpListener, IcmpSocket } from './icmp-socket.ts';
import { duration, type Attempted } from './probe.ts';
import { portOf, sockaddr } from '../sockets/index.ts';
import { openSocket, receiveAll } from './sockets.ts';
import { listenerKey } from './tcp-listener.ts';
import { datagramMark, datagramSequence, UDP_PAYLOAD, UdpResponder, type UdpSender } from './udp-responder.ts';

/** Datagrams, to the program that has the port or, when none does and no service is meant to, to a responder of our own. */
export class UdpFlow extends Flow implements IcmpListener, UdpSender {
  protected readonly answer = 'reply';
  readonly mark = libc.randomBytes(8);
  readonly #sent = new Map<number, SendTime>();
  /** How long the responder held each packet, in microseconds: time that is not the network's. */
  readonly #held = new Map<number, number>();
  #last = 0;
  #arrived = false;
  #fd = -1;
  #port = 0;
  #close: (() => void) | undefined;
  #icmp: IcmpSocket | undefined;
  #responder: UdpResponder | undefined;

  private get port(): number {
    return this.context.probe.port!;
  }

  protected open(): void {
    const { probe, reactor, shared } = this.context;
    this.#icmp = acquireIcmpIfAllowed(this.context, this.family);
    const at = probe.toNamespace;
    if (at !== undefined) {
      const { served = false } = probe;
      const make = (): UdpResponder => new UdpResponder(reactor, at, this.family, this.port, served);
      this.#responder = shared.acquire(listenerKey('udp', at, this.family, this.port), make);
      this.#responder.serve(this.target, this);
    }
    this.#fd = openSocket(probe.from, this.family, SOCK_DGRAM, IPPROTO_UDP);
    this.#close = reactor.watch(this.#fd, () => this.#ready());
    libc.receivedAt(this.#fd);
  }

  protected send(sequence: number): void {
    if (this.#port === 0) {
      libc.connect(this.#fd, sockaddr(this.target, this.port));
      this.#port = portOf(libc.getsockname(this.#fd));
      this.#icmp?.listen(IPPROTO_UDP, this.#port, this);
    }
    const payload = new Uint8Array(UDP_PAYLOAD);
    payload.set(this.mark);
    payload[8] = sequence;
    this.#sent.set(sequence, new SendTime());
    this.#last = sequence;
    try {
      libc.send(this.#fd, payload, payload.length, MSG_DONTWAIT);
    } catch (error) {
      // It may be the answer to the packet before this one.
      this.#icmp?.drain();
      throw error;
    }
  }

  #ready(): void {
    try {
      receiveAll(this.#fd, (packet) => {
        this.#received(packet);
        return this.#close === undefined;
      });
    } catch (error) {
      if (!(error instanceof SyscallError)) throw error;
      // What a router said of it says more.
      this.#icmp?.drain();
      this.refusedBy(error.errno);
    }
  }

  #received(packet: Uint8Array): void {
    const ours = datagramMark(packet) === datagramMark(this.mark);
    if (!ours && this.#responder?.own === true) return;
    // A program of another's may answer anything: it is taken for the answer to the last.
    const sequence = ours ? datagramSequence(packet) : this.#last;
    const sent = this.#sent.get(sequence);
    if (sent === undefined) return;
    this.#sent.delete(sequence);
    const rttMs = sent.until(libc.receivedAt(this.#fd) ?? libc.realtime()) - (this.#held.get(sequence) ?? 0) / 1000;
    this.answered(sequence, Math.max(0, rttMs));
  }

  protected override get standIn(): PortOwner | undefined {
    return this.#responder?.own === true ? { kind: 'stand-in' } : undefined;
  }

  arrived(): void {
    this.#arrived = true;
    // The kernel says so by ICMP, but not to everybody at once.
    if (this.#responder?.isVacant(this.target) === true) this.refused(`nothing listens on port ${this.port}`, 'closed');
  }

  held(sequence: number, microseconds: number): void {
    this.#held.set(sequence, microseconds);
  }

  protected override silence(): Pick<Attempted, 'reached' | 'detail' | 'end'> {
    const { timeoutMs } = this.context;
    const silent = `the program on port ${this.port} did not answer`;
    if (this.#arrived) return { reached: true, detail: `arrived, but ${silent}` };
    if (this.#responder?.own !== false || this.#responder.watches) return super.silence();
    return { reached: false, end: 'unheard', detail: `sent, but ${silent} within ${duration(timeoutMs)}` };
  }

  close(): void {
    const { probe, shared } = this.context;
    this.#close?.();
    this.#close = undefined;
    if (this.#icmp !== undefined) {
      this.#icmp.forget(IPPROTO_UDP, this.#port, this.target);
      this.#icmp = undefined;
      shared.release(icmpKey(this.context, this.family));
    }
    if (this.#responder !== undefined) {
      this.#responder.forget(this);
      this.#responder = undefined;
      shared.release(listenerKey('udp', probe.toNamespace!, this.family, this.port));
    }
  }
}
