import type { Socket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { callbackify } from 'node:util';
import type * as undici from 'undici';
import { isBun } from '../base/index.ts';

/** As for the global `fetch`, and how to speak TLS. */
export interface FetchInit extends RequestInit {
  /** Of `tls.connect`, such as `ca` for a certificate of one's own. One object is one set of connections. */
  readonly tls?: ConnectionOptions;
}

/** Opens a TCP connection to a name or address. */
export type Connect = (options: { readonly host: string; readonly port: number }) => Promise<Socket>;

/** Node's own, whatever a test puts in its place. */
const { fetch } = globalThis;

/**
 * The global `fetch` over connections made by `connect`. Their pool is undici's, which is loaded when it is first asked for
 * something, and keeps connections open for requests to come; they do not keep this process from ending.
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
    // Node's own copy of the client is of another version, and so are its types. Its dispatchers understand each other.
    const through = { dispatcher } as unknown as Required<Pick<RequestInit, 'dispatcher'>>;
    const request = isBun ? (client.fetch as unknown as typeof fetch) : fetch;
    return request(input, { ...options, ...through });
  }

  /** Encrypts, where the address asks for it, what `connect` has opened. */
  #connector({ buildConnector }: typeof undici, tls: ConnectionOptions = {}): undici.buildConnector.connector {
    const secure = buildConnector(tls as undici.buildConnector.BuildOptions);
    return (options, callback) => {
      const { hostname, port, protocol } = options;
      const host = hostname.replace(/^\[(.*)\]$/, '$1');
      const open = (): Promise<Socket> =>
        this.#connect({ host, port: Number(port) || (protocol === 'https:' ? 443 : 80) });
      callbackify(open)((error, socket) => {
        if (error !== null) return callback(error, null);
        socket.setNoDelay(true);
        return protocol === 'https:' ? secure({ ...options, httpSocket: socket }, callback) : callback(null, socket);
      });
    };
  }

  /** Ends what is under way, and gives the reason as the cause; closes every connection. */
  async close(reason: Error): Promise<void> {
    const agents = [...this.#agents.values()];
    this.#agents.clear();
    await Promise.all(agents.map((agent) => agent.destroy(reason)));
  }
}
