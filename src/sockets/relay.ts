import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** Maximum number of connections: each takes two descriptors of this process, which needs some for other purposes. */
const CONNECTIONS_MAX = 256;

/** A service on the loopback, by the addresses to try one after the other. */
export interface LoopbackService {
  readonly addresses: readonly string[];
  readonly port: number;
}

/** The loopback service of a port, on IPv4 or IPv6. */
export const onLoopback = (port: number): LoopbackService => ({ addresses: ['127.0.0.1', '::1'], port });

/** The targets for a service, in the order in which to try them. */
export const targetsOf = ({ addresses, port }: LoopbackService): NetConnectOpts[] =>
  addresses.map((host) => ({ host, port }));

/** Sent first on a UNIX socket: the connection to the service is established. */
const CONNECTED = '!';

/**
 * Accepts connections and forwards their data to a service: the first target that accepts a connection. To clients the
 * relay behaves like the service. The listening socket can be of the sandbox's network namespace, while the connections
 * to the service are made in this process's. Two relays with a UNIX socket between them do the same where no process
 * has access to both.
 */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #announce: boolean;

  /**
   * @param listener a listening socket; the relay closes it
   * @param targets where to connect, one after the other; targets with a path are other relays
   * @param options `announce`: the listener is a UNIX socket, on which another relay waits for {@link CONNECTED}
   */
  constructor(listener: number, targets: readonly NetConnectOpts[], options: { readonly announce?: boolean } = {}) {
    this.#announce = options.announce === true;
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#keep(client);
      this.#connect(client, targets);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    // While it listens, an error is a connection that could not be accepted, which is ignored; a failure to listen is
    // an error.
    this.#server.listen({ fd: listener }, () => this.#server.on('error', () => {}));
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
  }

  #connect(client: Socket, [target, ...others]: readonly NetConnectOpts[]): void {
    const service = connect({ ...target!, allowHalfOpen: true });
    let connected = false;
    this.#keep(service);
    const join = (): void => {
      connected = true;
      if (this.#announce) client.write(CONNECTED);
      client.pipe(service);
      service.pipe(client);
    };
    if ('path' in target!)
      service.once('readable', () => (service.read(CONNECTED.length) === null ? service.destroy() : join()));
    else service.once('connect', join);
    service.on('close', () => {
      if (connected) client.destroySoon();
      else if (others.length > 0 && !client.destroyed) this.#connect(client, others);
      else if (this.#announce) client.destroy();
      else client.resetAndDestroy();
    });
    client.on('close', () => service.destroy());
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}

/**
 * Connects to the service via the UNIX socket of a relay that announces connections.
 * @throws Node's error if there is no such socket, or the service accepts no connection; the signal's reason
 */
export function dialRelay(path: string, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const socket = connect({ path });
  return new Promise((resolve, reject) => {
    const settle = (then: () => void): void => {
      signal.removeEventListener('abort', aborted);
      socket.off('readable', announced).off('error', failed).off('close', closed);
      then();
    };
    const failed = (error: Error): void => settle(() => reject(error));
    const closed = (): void => failed(new Error(`the service behind ${path} accepted no connection`));
    const aborted = (): void => {
      failed(signal.reason as Error);
      socket.on('error', () => {}).destroy();
    };
    const announced = (): void => {
      if (socket.read(CONNECTED.length) !== null) settle(() => resolve(socket));
    };
    signal.addEventListener('abort', aborted, { once: true });
    socket.on('readable', announced).on('error', failed).on('close', closed);
  });
}
