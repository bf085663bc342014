import { connect, createServer, type Server, type Socket } from 'node:net';

/** Where a relay's connections may end: this machine's loopback, in either family. */
const LOOPBACKS = ['127.0.0.1', '::1'];

/** At a time: each takes two of this process's descriptors, which it needs for other things, too. */
const CONNECTIONS_MAX = 256;

/**
 * Takes connections from the sandbox to a service on this machine's loopback. What listens is a socket of the sandbox's;
 * what connects is one of this machine's.
 */
export class Relay {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();

  /** @param listener a socket of the sandbox's that listens; the relay's to close */
  constructor(listener: number, port: number) {
    this.#server = createServer({ allowHalfOpen: true }, (client) => {
      this.#keep(client);
      this.#connect(client, port, LOOPBACKS);
    });
    this.#server.maxConnections = CONNECTIONS_MAX;
    this.#server.listen({ fd: listener });
  }

  #keep(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket));
    socket.on('error', () => {});
  }

  #connect(client: Socket, port: number, [host, ...others]: readonly string[]): void {
    const service = connect({ host: host!, port, allowHalfOpen: true });
    let connected = false;
    this.#keep(service);
    service.on('connect', () => {
      connected = true;
      client.pipe(service);
      service.pipe(client);
    });
    service.on('close', () => {
      if (connected) client.destroySoon();
      else if (others.length > 0 && !client.destroyed) this.#connect(client, port, others);
      else client.resetAndDestroy();
    });
    client.on('close', () => service.destroy());
  }

  close(): void {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
  }
}
