import { IPPROTO_UDP, libc, MSG_DONTWAIT, SOCK_DGRAM, SyscallError } from '../ffi/index.ts';
import type { PortOwner } from './port-owner.ts';
import { SendTime } from './send-time.ts';
import { Flow } from './flow.ts';
import type { IcmpListener, IcmpSocket } from './icmp-socket.ts';
import { duration, type Attempted } from './probe.ts';
import { portOf, sockaddr } from '../sockets/index.ts';
import { openSocket, receiveAll } from './sockets.ts';
import { datagramMark, datagramSequence, UDP_PAYLOAD, UdpResponder, type UdpSender } from './udp-responder.ts';

/** UDP datagrams. Where no program has the port, and no service is to have it, a {@link UdpResponder} replies. */
export class UdpFlow extends Flow implements IcmpListener, UdpSender {
  protected readonly answer = 'reply';
  readonly mark = libc.randomBytes(8);
  readonly #sent = new Map<number, SendTime>();
  /** How long the responder held each packet, in microseconds: not part of the round-trip time. */
  readonly #held = new Map<number, number>();
  #lastSent = 0;
  #arrived = false;
  #fd = -1;
  #localPort = 0;
  #close: (() => void) | undefined;
  #icmp: IcmpSocket | undefined;
  #responder: UdpResponder | undefined;

  protected open(): void {
    const { probe, reactor } = this.context;
    this.#icmp = this.icmpSocketIfPermitted();
    const { toNamespace: namespace, served = false } = probe;
    if (namespace !== undefined) {
      const make = (): UdpResponder => new UdpResponder(reactor, namespace, this.family, this.port, served);
      this.#responder = this.atPort('udp', namespace, make);
      this.#responder.serve(this.target, this);
    }
    this.#fd = openSocket(probe.from, this.family, SOCK_DGRAM, IPPROTO_UDP);
    this.#close = reactor.watch(this.#fd, () => this.#ready());
    libc.receivedAt(this.#fd);
  }

  protected send(sequence: number): void {
    if (this.#localPort === 0) {
      libc.connect(this.#fd, sockaddr(this.target, this.port));
      this.#localPort = portOf(libc.getsockname(this.#fd));
      this.#icmp?.listen(IPPROTO_UDP, this.#localPort, this);
    }
    const payload = new Uint8Array(UDP_PAYLOAD);
    payload.set(this.mark);
    payload[8] = sequence;
    this.#sent.set(sequence, new SendTime());
    this.#lastSent = sequence;
    try {
      libc.send(this.#fd, payload, payload.length, MSG_DONTWAIT);
    } catch (error) {
      // The error can be about the packet before this one.
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
      // An ICMP error names the router, which the errno does not.
      this.#icmp?.drain();
      this.refusedBy(error.errno);
    }
  }

  #received(packet: Uint8Array): void {
    const ours = datagramMark(packet) === datagramMark(this.mark);
    if (!ours && this.#responder?.own === true) return;
    // A program can send any reply: it counts as the reply to the last packet.
    const sequence = ours ? datagramSequence(packet) : this.#lastSent;
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
    // The kernel also sends ICMP port unreachable, but limits its rate.
    if (this.#responder?.isUnused(this.target) === true) this.refused(`nothing listens on port ${this.port}`, 'closed');
  }

  held(sequence: number, microseconds: number): void {
    this.#held.set(sequence, microseconds);
  }

  protected override silence(): Pick<Attempted, 'reached' | 'detail' | 'end'> {
    const { timeoutMs } = this.context;
    const silent = `the program on port ${this.port} did not answer`;
    if (this.#arrived) return { reached: true, detail: `arrived, but ${silent}` };
    if (this.#responder?.own !== false || this.#responder.watches) return super.silence();
    return { reached: false, end: 'unconfirmed', detail: `sent, but ${silent} within ${duration(timeoutMs)}` };
  }

  protected closeSockets(): void {
    this.#close?.();
    this.#close = undefined;
    this.#icmp?.forget(IPPROTO_UDP, this.#localPort, this.target);
    this.#responder?.forget(this);
  }
}
