import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, unlinkSync } from 'node:fs';
import { CapabilityError } from '../base/index.ts';
import { AF_UNIX, libc, O_CLOEXEC, O_PATH, pipe, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../ffi/index.ts';
import { Relay, targetsOf, type LoopbackService } from '../sockets/index.ts';
import { self } from './self.ts';
import { LOOPBACK } from './internal-commands.ts';
import { readableOf } from '../netns/index.ts';
import { descriptorPath } from '../proc/index.ts';

/*
 * A world's loopback is not the machine's. Who is to reach a service there takes UNIX sockets along, on which a process
 * that stays outside listens: it connects to those services and to nothing else, and ends with whoever took them along.
 */

const BACKLOG = 128;
/** Of the process outside: what ends when nobody is left inside, and the first of the sockets that listen. */
const LIFE = 3;
const FIRST = 4;

/**
 * Starts the process outside.
 * @returns descriptors for the world, close-on-exec: what holds that process, then one for each service, for
 *   {@link useLoopbackRelay}; nothing at all for none
 */
export function startLoopbackRelay(services: readonly LoopbackService[]): number[] {
  if (services.length === 0) return [];
  const sockets = services.map(() => listenInNoFolder());
  const [read, write] = pipe();
  const words = services.map(({ port, addresses }) => [port, ...addresses].join());
  const { status, error } = spawnSync('setsid', ['--fork', ...self(LOOPBACK, ...words)], {
    cwd: '/',
    stdio: ['ignore', 'ignore', 'ignore', read, ...sockets.map(({ listener }) => listener)],
  });
  for (const fd of [read, ...sockets.map(({ listener }) => listener)]) libc.close(fd);
  if (status !== 0)
    throw new CapabilityError(
      `the process that connects to this machine's loopback cannot be started: ${error?.message ?? `setsid ended with ${status}`}`,
      'install util-linux (setsid), or use sudo',
    );
  return [write, ...sockets.map(({ file }) => file)];
}

let files: readonly number[] = [];

/** Takes over, inside, what was brought along: those descriptors. */
export function useLoopbackRelay(descriptors: readonly number[]): void {
  for (const fd of descriptors) libc.closeAtExecve(fd);
  files = descriptors.slice(1);
}

/** The paths by which the services are reached that the process outside connects to, in their order. */
export const socketPaths = (): readonly string[] => files.map((fd) => descriptorPath(fd));

/** A UNIX socket that listens, and its file, which is in no folder any more: who has it open can connect, nobody else. */
function listenInNoFolder(): { listener: number; file: number } {
  // Not where TMPDIR says: the name of a socket has no room for much.
  const folder = mkdtempSync('/tmp/netwright-');
  const path = `${folder}/socket`;
  const listener = libc.socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  try {
    libc.bindSocket(listener, unixAddress(path), path);
    try {
      libc.listen(listener, BACKLOG);
      return { listener, file: libc.open(path, O_PATH | O_CLOEXEC) };
    } finally {
      unlinkSync(path);
    }
  } catch (error) {
    libc.close(listener);
    throw error;
  } finally {
    rmdirSync(folder);
  }
}

/** struct sockaddr_un (unix(7)). */
function unixAddress(path: string): Uint8Array {
  const name = Buffer.from(`${path}\0`);
  const address = Buffer.alloc(2 + name.length);
  new Uint16Array(address.buffer, address.byteOffset, 1)[0] = AF_UNIX;
  name.copy(address, 2);
  return address;
}

/** What the process outside does. */
export function serveLoopback(words: readonly string[]): void {
  const relays = words.map((word, i) => {
    const [port, ...addresses] = word.split(',');
    return new Relay(FIRST + i, targetsOf({ addresses, port: Number(port) }), { announce: true });
  });
  const end = (): void => {
    for (const relay of relays) relay.close();
  };
  readableOf(LIFE).on('close', end).resume();
}
