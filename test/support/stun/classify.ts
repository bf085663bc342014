import type { Ip } from '../../../src/addr/index.ts';
import { ANY, connect, Listener, same, Udp, type Connection, type Endpoint } from './endpoint.ts';
import type { Answer, Request, StunServer } from './server.ts';
import type { World } from './world.ts';

/** What RFC 5780 finds out of a NAT from behind it. */
export interface Behaviour {
  readonly mapping: 'endpoint-independent' | 'address-dependent' | 'address-and-port-dependent';
  readonly filtering: 'endpoint-independent' | 'address' | 'address-and-port';
  readonly hairpin: boolean;
  readonly preserving: boolean;
}

/** How long whoever is sure to be answered waits, and whoever may not be, in milliseconds. */
const SURE = 5000;
const UNSURE = 60;
const TRIES = 10;

let count = 0;

/** A client behind a NAT that asks by UDP. */
export class UdpClient {
  readonly socket: Udp;
  readonly #world: World;

  constructor(world: World, namespace: string, port = 0, address: Ip = ANY) {
    this.#world = world;
    this.socket = new Udp(world, namespace, { address, port });
  }

  /** The endpoint that a server sees, and whether an answer from elsewhere came as well. */
  async ask(server: Endpoint, change?: Request['change']): Promise<{ mapped: Endpoint; changed: boolean }> {
    const id = String(++count);
    const request = JSON.stringify({ id, ...(change !== undefined && { change }) } satisfies Request);
    this.socket.send(request, server);
    const answers = (): Answer[] =>
      this.socket.received.map(({ text }) => JSON.parse(text) as Answer).filter((answer) => answer.id === id);
    let answered = false;
    // As programs do: a packet may be lost, such as the first of a mapping whose port was drawn and is somebody else's.
    for (let i = 0; i < TRIES && !answered; i++) {
      if (i > 0) this.socket.send(request, server);
      answered = await this.#world.until(() => answers().some(({ changed }) => !changed), SURE / TRIES);
    }
    if (!answered) throw new Error(`no answer to ${this.socket.local.port} from ${server.address}:${server.port}`);
    if (change !== undefined) await this.#world.until(() => answers().some(({ changed }) => changed), UNSURE);
    return { mapped: answers()[0]!.mapped, changed: answers().some(({ changed }) => changed) };
  }
}

/**
 * Waits for as long as it takes to be answered by way of the NAT: what was sent before, and is let through, has come by
 * then, however slow the machine is.
 */
export async function roundTrip(world: World, namespace: string, server: StunServer): Promise<void> {
  const client = new UdpClient(world, namespace);
  await client.ask(server.at(0, 0));
  client.socket.close();
}

/** RFC 5780, sections 4.3, 4.4 and 4.5, by UDP. */
export async function classifyUdp(world: World, namespace: string, server: StunServer): Promise<Behaviour> {
  const client = new UdpClient(world, namespace);
  const first = await client.ask(server.at(0, 0));
  const otherAddress = await client.ask(server.at(1, 0));
  const otherBoth = await client.ask(server.at(1, 1));
  const again = await client.ask(server.at(0, 0));
  if (!same(first.mapped, again.mapped)) throw new Error('a mapping does not last from one packet to the next');

  // From a port of its own: what has been sent so far has opened the filter.
  const filtered = new UdpClient(world, namespace);
  const all = await filtered.ask(server.at(0, 0), { address: true, port: true });
  const some = await filtered.ask(server.at(0, 0), { address: false, port: true });

  const other = new UdpClient(world, namespace);
  other.socket.send('"hairpin"', first.mapped);
  await roundTrip(world, namespace, server);
  const heard = (): { from: Endpoint } | undefined => client.socket.received.find(({ text }) => text === '"hairpin"');
  const hairpin = await world.until(() => heard() !== undefined, UNSURE);
  // The address it comes from is its outside one, too (RFC 4787, REQ-9).
  if (hairpin) {
    const back = heard()!.from;
    if (back.address !== first.mapped.address) throw new Error(`hairpinned from ${back.address}`);
    client.socket.send('"back"', back);
    const returned = await world.until(() => other.socket.received.some(({ text }) => text === '"back"'), SURE);
    if (!returned) throw new Error('a hairpinned packet cannot be answered');
  }
  return {
    mapping: mappingOf(first.mapped, otherAddress.mapped, otherBoth.mapped),
    filtering: all.changed ? 'endpoint-independent' : some.changed ? 'address' : 'address-and-port',
    hairpin,
    preserving: first.mapped.port === client.socket.local.port,
  };
}

const mappingOf = (first: Endpoint, otherAddress: Endpoint, otherBoth: Endpoint): Behaviour['mapping'] =>
  same(first, otherAddress) && same(first, otherBoth)
    ? 'endpoint-independent'
    : same(otherAddress, otherBoth)
      ? 'address-dependent'
      : 'address-and-port-dependent';

/** A client behind a NAT that asks by TCP, with all its connections from one port. */
export class TcpClient {
  readonly listener: Listener;
  readonly #world: World;
  readonly #namespace: string;

  constructor(world: World, namespace: string, port = 0, address: Ip = ANY) {
    this.#world = world;
    this.#namespace = namespace;
    this.listener = new Listener(world, namespace, { address, port });
  }

  get local(): Endpoint {
    return this.listener.local;
  }

  async connect(server: Endpoint): Promise<{ connection: Connection; mapped: Endpoint }> {
    const connection = connect(this.#world, this.#namespace, this.local, server);
    const told = await this.#world.until(() => connection === undefined || connection.text.endsWith('\n'), SURE);
    if (connection === undefined || !told) throw new Error(`no connection to ${server.address}:${server.port}`);
    const { mapped } = JSON.parse(connection.text) as Answer;
    connection.text = '';
    return { connection, mapped };
  }

  /** Whether a server reaches the client by a connection from elsewhere. */
  async isCalledBack(by: Connection, change: NonNullable<Request['change']>): Promise<boolean> {
    const before = this.listener.taken.length;
    by.send(JSON.stringify({ id: '', change } satisfies Request));
    await this.#world.until(() => by.text.includes('tried'), SURE);
    by.text = '';
    return this.#world.until(() => this.listener.taken.length > before, UNSURE);
  }
}

/** The same by TCP: RFC 5382, sections 4 and 5. */
export async function classifyTcp(world: World, namespace: string, server: StunServer): Promise<Behaviour> {
  const client = new TcpClient(world, namespace);
  const first = await client.connect(server.at(0, 0));
  const otherAddress = await client.connect(server.at(1, 0));
  const otherBoth = await client.connect(server.at(1, 1));

  const filtered = new TcpClient(world, namespace);
  const { connection } = await filtered.connect(server.at(0, 0));
  const all = await filtered.isCalledBack(connection, { address: true, port: true });
  const some = await filtered.isCalledBack(connection, { address: false, port: true });

  const other = new TcpClient(world, namespace);
  const before = client.listener.taken.length;
  connect(world, namespace, other.local, first.mapped);
  await roundTrip(world, namespace, server);
  const hairpin = await world.until(() => client.listener.taken.length > before, UNSURE);
  if (hairpin && client.listener.taken.at(-1)!.from.address !== first.mapped.address)
    throw new Error('hairpinned from an inside address');
  return {
    mapping: mappingOf(first.mapped, otherAddress.mapped, otherBoth.mapped),
    filtering: all ? 'endpoint-independent' : some ? 'address' : 'address-and-port',
    hairpin,
    preserving: first.mapped.port === client.local.port,
  };
}
