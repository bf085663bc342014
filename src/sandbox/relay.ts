import { connect, createServer, type NetConnectOpts, type Server, type Socket } from 'node:net';

/** At a time: each takes two of this process's descriptors, which it needs for other things, too. */
const CONNECTIONS_MAX = 256;

/** A service on a loopback, by the addresses to try one after the other. */
export interface LoopbackService {
  readonly addresses: readonly string[];
  readonly port: number;
}

/** The one of a port, in whichever family it listens. */
export const onLoopback = (port: number): LoopbackService => ({ addresses: ['127.0.0.1', '::1'], port });

/** Where to connect to a service, one address after the other. */
export const targetsOf = ({ addresses, port }: LoopbackService): NetConnectOpts[] =>
  addresses.map((host) => ({ host, port }));

/** Says on a UNIX socket, ahead of everything else, that there is a connection behind it. */
const CONNECTED = '!';

/**
 * Takes connections and passes on what is said to a service elsewhere: the first of its targets that takes one. Whoever
 * connects finds it as it would find the service: what listens may be a socket of the sandbox's, while what connects is
 * one of this process's network. Two relays with a UNIX socket between them do the same where no process has both.
 */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #announce: boolean;

  /**
   * @param listener a socket that listens; the relay's to close
   * @param targets where to connect, one after the other; those with a path are other relays
   * @param options `announce`: what listens is a UNIX socket, on which another relay waits to be told of connections
   */
  constructor(listener: number, targets: readonly NetConnectOpts[], options: { readonly announce?: boolean } = {}) {
    this.#announce = options.announce === true;
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#keep(client);
      this.#connect(client, targets);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    // A connection that cannot be taken is nobody's; that it cannot listen would be an error.
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
 * Connects to what is behind the UNIX socket of a relay that announces.
 * @throws Node's error, when there is no such socket or nobody behind it; the signal's reason
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
    const closed = (): void => failed(new Error(`nobody is behind ${path}`));
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
