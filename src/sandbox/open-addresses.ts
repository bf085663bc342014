import { monotonic, NetwrightError } from '../base/index.ts';
import { familyOf, type Ip } from '../addr/index.ts';
import type { SetState } from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { Transaction } from '../nftables/index.ts';
import { EGRESS_TABLE, egressSet, type EgressRule } from '../topology/index.ts';

const TABLE = { family: 'inet', name: EGRESS_TABLE } as const;

/**
 * Maximum number of addresses that are open at a time. Each takes kernel memory for up to an hour, and the owner of an
 * allowed name could return different ones with each answer.
 */
export const OPEN_MAX = 10_000;

/** Thrown when {@link OPEN_MAX} would be exceeded. */
export class TooManyOpenError extends NetwrightError {
  readonly code = 'ERR_TOO_MANY_OPEN';
}

/** The addresses of names that the rules of a sandbox accept at present, as elements of nftables sets. */
export class OpenAddresses implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #network: string;
  /** When each element expires, by set and address, in milliseconds of monotonic(). */
  readonly #until = new Map<string, number>();

  /**
   * The thread must be in the lab's own network namespace. @param network the bridge of the network to which the rules
   * apply
   */
  constructor(network: string) {
    this.#socket = NetlinkSocket.open(NETLINK_NETFILTER);
    this.#network = network;
  }

  /**
   * Opens addresses for the destinations that rules allow, for `seconds` from now, unless they are open for longer.
   * When it returns, the kernel accepts them.
   * @throws TooManyOpenError before any is opened; NetlinkError
   */
  open(rules: readonly EgressRule[], addresses: readonly Ip[], seconds: number): void {
    const now = monotonic();
    const until = now + seconds * 1000;
    for (const [key, end] of this.#until) if (end <= now) this.#until.delete(key);
    if (this.#until.size + rules.length * addresses.length > OPEN_MAX)
      throw new TooManyOpenError(`at most ${OPEN_MAX} addresses of names can be open at a time`);
    for (const rule of rules) {
      for (const address of addresses) {
        const { name, set } = egressSet(this.#network, rule, familyOf(address));
        const key = `${name} ${address}`;
        const expiry = this.#until.get(key);
        if (expiry !== undefined && expiry >= until) continue;
        this.#put(name, set, address, seconds, expiry !== undefined);
        this.#until.set(key, until);
      }
    }
  }

  #put(name: string, set: SetState, address: Ip, timeout: number, present: boolean): void {
    const transaction = new Transaction();
    // Before Linux 6.12, adding an existing element does not change its timeout: it is deleted and added in one
    // transaction.
    if (present) transaction.deleteElements(TABLE, name, set, [{ key: [address] }]);
    transaction.addElements(TABLE, name, set, [{ key: [address], timeout }]);
    try {
      transaction.commit(this.#socket);
    } catch (error) {
      // The element has just expired.
      if (!present || !(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
      this.#put(name, set, address, timeout, false);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
