import { libc } from '../ffi/index.ts';
import { SendTime } from './send-time.ts';
import { acquireIcmp, Flow, icmpKey } from './flow.ts';
import { echoRequest, icmpProtocol, type EchoReply } from './icmp.ts';
import type { IcmpListener, IcmpSocket } from './icmp-socket.ts';

/** Bytes of payload; ping(8) sends 56. */
const PAYLOAD = 56;

/** Echo requests, as ping sends them. */
export class IcmpFlow extends Flow implements IcmpListener {
  protected readonly answer = 'reply';
  readonly #payload = libc.randomBytes(PAYLOAD);
  readonly #sent = new Map<number, SendTime>();
  #socket: IcmpSocket | undefined;
  #id = 0;

  protected open(): void {
    this.#socket = acquireIcmp(this.context, this.family);
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

  close(): void {
    if (this.#socket === undefined) return;
    this.#socket.forget(icmpProtocol(this.target), this.#id, this.target);
    this.#socket = undefined;
    this.context.shared.release(icmpKey(this.context, this.family));
  }
}
