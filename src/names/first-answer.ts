import { ResponseCode, type Message, type Question } from '../dns/index.ts';
import type { Place } from '../sockets/index.ts';
import { queryServer, type NameServer } from './exchange.ts';

/** Milliseconds until the next server is queried as well. */
const NEXT_SERVER_AFTER = 2000;
/** How often each server is queried. */
const ROUNDS = 2;
/**
 * Milliseconds for all queries together: as long as a C library waits with its default timeout and attempts
 * (resolv.conf(5)).
 */
const TIMEOUT = 10_000;
const UDP_SIZE = 1232;

/**
 * Queries name servers one after the other until one answers. A slow server can still answer while the next one is
 * queried. For forwarders: a stub resolver waits for each server.
 * @returns the first answer with NOERROR or NXDOMAIN; undefined if no server sends one
 */
export function firstAnswer(
  place: Place,
  servers: readonly NameServer[],
  question: Question,
): Promise<Message | undefined> {
  const order = Array.from({ length: ROUNDS }, () => servers).flat();
  const controller = new AbortController();
  return new Promise((resolve) => {
    let next = 0;
    let pending = 0;
    let timer: NodeJS.Timeout | undefined;
    const finish = (response?: Message): void => {
      clearTimeout(timer);
      clearTimeout(timeout);
      resolve(response);
      controller.abort();
    };
    const timeout = setTimeout(finish, TIMEOUT);
    const queryNext = async (): Promise<void> => {
      clearTimeout(timer);
      const server = order[next++];
      if (server === undefined) {
        if (pending === 0) finish();
        return;
      }
      timer = setTimeout(() => void queryNext(), NEXT_SERVER_AFTER);
      pending++;
      const response = await tryServer(place, server, question, controller.signal);
      pending--;
      if (controller.signal.aborted) return;
      const { responseCode } = response ?? {};
      if (responseCode === ResponseCode.noError || responseCode === ResponseCode.noSuchName) finish(response);
      else await queryNext();
    };
    void queryNext();
  });
}

/** Undefined if the server does not answer, for any reason: the next server may. */
async function tryServer(
  place: Place,
  server: NameServer,
  question: Question,
  signal: AbortSignal,
): Promise<Message | undefined> {
  try {
    return await queryServer(place, server, question, { signal, udpSize: UDP_SIZE });
  } catch {
    return undefined;
  }
}
