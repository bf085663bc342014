import type { Ip } from '../../../src/addr/index.ts';
import { connect, Listener, show, Udp, type Connection, type Endpoint } from './endpoint.ts';
import type { World } from './world.ts';

/** What a client asks: to be told its address as it is seen, from where it asked, after an answer from elsewhere. */
export interface Request {
  readonly id: string;
  /** RFC 5780's CHANGE-REQUEST: by the server's other address, its other port, or both; where there is none, by neither. */
  readonly change?: { readonly address: boolean; readonly port: boolean };
}

/** What a server says. */
export interface Answer {
  readonly id: string;
  /** The client, as this server sees it. */
  readonly mapped: Endpoint;
  /** Whether it comes from where it was not asked. */
  readonly changed: boolean;
}

export const PORTS = [3478, 3479] as const;

/** A server of RFC 5780, of two addresses and two ports, for UDP and TCP. */
export class StunServer {
  readonly #world: World;
  readonly #namespace: string;
  readonly #addresses: readonly [Ip, Ip];
  readonly #udp = new Map<string, Udp>();
  readonly #listeners: Listener[] = [];

  constructor(world: World, namespace: string, addresses: readonly [Ip, Ip]) {
    this.#world = world;
    this.#namespace = namespace;
    this.#addresses = addresses;
    for (const address of addresses) {
      for (const port of PORTS) {
        const at = { address, port };
        this.#udp.set(show(at), new Udp(world, namespace, at, (text, from) => this.#answer(at, text, from)));
        this.#listeners.push(
          new Listener(
            world,
            namespace,
            at,
            (connection, from) => this.#tell(connection, from),
            (connection, from) => this.#callBack(at, connection, from),
          ),
        );
      }
    }
  }

  at(address: 0 | 1, port: 0 | 1): Endpoint {
    return { address: this.#addresses[address], port: PORTS[port] };
  }

  #elsewhere({ address, port }: Endpoint, change: NonNullable<Request['change']>): Endpoint {
    const [a1, a2] = this.#addresses;
    const [p1, p2] = PORTS;
    return {
      address: change.address ? (address === a1 ? a2 : a1) : address,
      port: change.port ? (port === p1 ? p2 : p1) : port,
    };
  }

  /** By UDP: first from elsewhere, where that is asked for, and then from here, so that the client knows when to stop waiting. */
  #answer(at: Endpoint, text: string, from: Endpoint): void {
    const { id, change } = JSON.parse(text) as Request;
    const say = (by: Endpoint, changed: boolean): void =>
      this.#udp.get(show(by))!.send(JSON.stringify({ id, mapped: from, changed } satisfies Answer), from);
    if (change !== undefined) say(this.#elsewhere(at, change), true);
    say(at, false);
  }

  #tell(connection: Connection, from: Endpoint): void {
    connection.send(`${JSON.stringify({ id: '', mapped: from, changed: false } satisfies Answer)}\n`);
  }

  /** By TCP: connects to the client from elsewhere. */
  #callBack(at: Endpoint, connection: Connection, client: Endpoint): void {
    const { change } = JSON.parse(connection.text) as Request;
    connection.text = '';
    const from = this.#elsewhere(at, change!);
    connect(this.#world, this.#namespace, from, client);
    connection.send('tried\n');
  }
}
