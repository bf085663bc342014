import { monotonic, NetwrightError } from '../base/index.ts';
import { familyOf, type Ip } from '../addr/index.ts';
import type { SetState } from '../state/index.ts';
import { NETLINK_NETFILTER, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import { Transaction } from '../nftables/index.ts';
import { EGRESS_TABLE, egressSet, type EgressRule } from '../topology/index.ts';

const TABLE = { family: 'inet', name: EGRESS_TABLE } as const;

/**
 * Addresses that may be open at a time. Each takes memory of the kernel's, for up to an hour; who owns an allowed name
 * might give others with each answer.
 */
export const OPEN_MAX = 10_000;

export class TooManyOpenError extends NetwrightError {
  readonly code = 'ERR_TOO_MANY_OPEN';
}

/** The addresses that a sandbox's rules let through for the time being. */
export class Openings implements Disposable {
  readonly #socket: NetlinkSocket;
  readonly #network: string;
  /** When each closes again, by set and address; in the milliseconds of monotonic(). */
  readonly #until = new Map<string, number>();

  /** The thread must be in the lab's own namespace. `network` is the bridge of the network that the rules are for. */
  constructor(network: string) {
    this.#socket = NetlinkSocket.open(NETLINK_NETFILTER);
    this.#network = network;
  }

  /**
   * Opens addresses for what rules allow, for `seconds` from now, unless they are open for longer. They are open when it
   * returns. @throws TooManyOpenError, before any is opened; NetlinkError
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
        const present = this.#until.get(key);
        if (present !== undefined && present >= until) continue;
        this.#put(name, set, address, seconds, present !== undefined);
        this.#until.set(key, until);
      }
    }
  }

  #put(name: string, set: SetState, address: Ip, timeout: number, present: boolean): void {
    const transaction = new Transaction();
    // Adding what is there changes its time on no kernel before 6.12: it goes and comes in one transaction.
    if (present) transaction.deleteElements(TABLE, name, set, [{ key: [address] }]);
    transaction.addElements(TABLE, name, set, [{ key: [address], timeout }]);
    try {
      transaction.commit(this.#socket);
    } catch (error) {
      // It has closed a moment ago.
      if (!present || !(error instanceof NetlinkError && error.code === 'ENOENT')) throw error;
      this.#put(name, set, address, timeout, false);
    }
  }

  [Symbol.dispose](): void {
    this.#socket.close();
  }
}
