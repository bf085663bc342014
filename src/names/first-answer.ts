import { ResponseCode, type Message, type Question } from '../dns/index.ts';
import type { Place } from '../sockets/index.ts';
import { ask, type NameServer } from './exchange.ts';

/** Milliseconds until the next server is asked as well, and how often all of them are. */
const PATIENCE = 2000;
const ROUNDS = 2;
/** Milliseconds that the first to know has: as long as a C library asks, with its usual timeout and attempts (resolv.conf(5)). */
const LAST = 10_000;
const UDP_SIZE = 1232;

/**
 * Asks name servers one after the other until one knows; one that is slow may still answer while the next is asked. For who
 * passes questions on: a stub resolver waits for each.
 * @returns undefined when none knows
 */
export function firstAnswer(
  place: Place,
  servers: readonly NameServer[],
  question: Question,
): Promise<Message | undefined> {
  const order = Array.from({ length: ROUNDS }, () => servers).flat();
  const over = new AbortController();
  return new Promise((resolve) => {
    let asked = 0;
    let open = 0;
    let timer: NodeJS.Timeout | undefined;
    const finish = (response?: Message): void => {
      clearTimeout(timer);
      clearTimeout(last);
      resolve(response);
      over.abort();
    };
    const last = setTimeout(finish, LAST);
    const askNext = async (): Promise<void> => {
      clearTimeout(timer);
      const server = order[asked++];
      if (server === undefined) {
        if (open === 0) finish();
        return;
      }
      timer = setTimeout(() => void askNext(), PATIENCE);
      open++;
      const response = await answerOf(place, server, question, over.signal);
      open--;
      if (over.signal.aborted) return;
      const { responseCode } = response ?? {};
      if (responseCode === ResponseCode.noError || responseCode === ResponseCode.noSuchName) finish(response);
      else await askNext();
    };
    void askNext();
  });
}

/** Undefined when it cannot be had, for whatever reason: the next server may have one. */
async function answerOf(
  place: Place,
  server: NameServer,
  question: Question,
  signal: AbortSignal,
): Promise<Message | undefined> {
  try {
    return await ask(place, server, question, { signal, udpSize: UDP_SIZE });
  } catch {
    return undefined;
  }
}
