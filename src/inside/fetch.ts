import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';
import type * as undici from 'undici';
import { isBun } from '../base/index.ts';

/** The options of the global `fetch`, and of TLS. */
export interface FetchInit extends RequestInit {
  /**
   * Options of `tls.connect`, such as `ca` for a private certificate authority. Connections are shared by requests with
   * the same object.
   */
  readonly tls?: ConnectionOptions;
}

/** Opens a TCP connection to a name or address. */
export type Connect = (options: { readonly host: string; readonly port: number }) => Promise<Socket>;

/** Node's own `fetch`, even if a test replaces the global one. */
const { fetch } = globalThis;

/**
 * The global `fetch` over connections that `connect` opens. The connection pool is undici's, which is loaded with the
 * first request, and keeps connections open for later requests; they do not keep this process alive.
 */
export class Fetcher {
  readonly #connect: Connect;
  readonly #agents = new Map<ConnectionOptions | undefined, undici.Agent>();

  constructor(connect: Connect) {
    this.#connect = connect;
  }

  async fetch(input: string | URL | Request, init: FetchInit = {}): Promise<Response> {
    // What Bun has for `undici` is its own fetch, which knows no dispatcher.
    const client = isBun ? await import('undici/index.js') : await import('undici');
    const { tls, ...options } = init;
    let dispatcher = this.#agents.get(tls);
    if (dispatcher === undefined) {
      dispatcher = new client.Agent({ connect: this.#connector(client, tls) });
      this.#agents.set(tls, dispatcher);
    }
    // Node has another version of undici, and so other types. The dispatchers are compatible.
    const withDispatcher = { dispatcher } as unknown as Required<Pick<RequestInit, 'dispatcher'>>;
    const request = isBun ? (client.fetch as unknown as typeof fetch) : fetch;
    return request(input, { ...options, ...withDispatcher });
  }

  /** Opens connections by `connect`, and adds TLS for https URLs. */
  #connector({ buildConnector }: typeof undici, tls: ConnectionOptions = {}): undici.buildConnector.connector {
    const connectTls = buildConnector(tls as undici.buildConnector.BuildOptions);
    return (options, callback) => {
      const { hostname, port, protocol } = options;
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const open = (): Promise<Socket> =>
        this.#connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
      callbackify(open)((error, socket) => {
        if (error !== null) return callback(error, null);
        socket.setNoDelay(true);
        return protocol === 'https:'
          ? connectTls({ ...options, httpSocket: socket }, callback)
          : callback(null, socket);
      });
    };
  }

  /** Aborts pending requests, with the reason as their cause, and closes all connections. */
  async close(reason: Error): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy(reason)));
  }
}
