import { libc } from '../ffi/index.ts';
import { SendTime } from './send-time.ts';
import { Flow } from './flow.ts';
import { echoRequest, icmpProtocol, type EchoReply } from './icmp.ts';
import type { IcmpListener, IcmpSocket } from './icmp-socket.ts';

/** The size of the payload in bytes, as ping(8) has it. */
const PAYLOAD = 56;

/** ICMP echo requests. */
export class IcmpFlow extends Flow implements IcmpListener {
  protected readonly answer = 'reply';
  readonly #payload = libc.randomBytes(PAYLOAD);
  readonly #sent = new Map<number, SendTime>();
  #socket: IcmpSocket | undefined;
  #id = 0;

  protected open(): void {
    this.#socket = this.icmpSocket();
    this.#id = this.#socket.identifier(this.target);
    this.#socket.listen(icmpProtocol(this.target), this.#id, this);
  }

  protected send(sequence: number): void {
    const packet = echoRequest(this.family, this.#id, sequence, this.#payload);
    this.#sent.set(sequence, new SendTime());
    this.#socket!.send(packet, this.target);
  }

  replied({ sequence, payload }: EchoReply, received: number): void {
    const sent = this.#sent.get(sequence);
    if (sent === undefined || Buffer.compare(payload, this.#payload) !== 0) return;
    this.#sent.delete(sequence);
    this.answered(sequence, sent.until(received));
  }

  protected closeSockets(): void {
    this.#socket?.forget(icmpProtocol(this.target), this.#id, this.target);
  }
}
