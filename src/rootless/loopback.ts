import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync, unlinkSync } from 'node:fs';
import { CapabilityError } from '../base/index.ts';
import { AF_UNIX, libc, O_CLOEXEC, O_PATH, pipe, SOCK_CLOEXEC, SOCK_NONBLOCK, SOCK_STREAM } from '../ffi/index.ts';
import { Relay, targetsOf, type LoopbackService } from '../sockets/index.ts';
import { selfCommand } from './self.ts';
import { LOOPBACK } from './internal-commands.ts';
import { readableOf } from '../netns/index.ts';
import { descriptorPath } from '../proc/index.ts';

/*
 * The loopback of the user namespace is not the host's. A process inside that needs a service there inherits UNIX
 * sockets on which a process outside listens. The process outside connects to those services and to no others, and ends
 * with the process that inherited the sockets.
 */

const BACKLOG = 128;
/**
 * Descriptors of the process outside: LIFE reports end of file when no process is left inside; FIRST is the first
 * listening socket.
 */
const LIFE = 3;
const FIRST = 4;

/**
 * Starts the process outside.
 * @returns descriptors for {@link useLoopbackRelay}, close-on-exec: one that keeps that process alive, then one for
 *   each service. Empty if there are no services
 */
export function startLoopbackRelay(services: readonly LoopbackService[]): number[] {
  if (services.length === 0) return [];
  const sockets = services.map(() => listenUnlinked());
  const [read, write] = pipe();
  const words = services.map(({ port, addresses }) => [port, ...addresses].join());
  const { status, error } = spawnSync('setsid', ['--fork', ...selfCommand(LOOPBACK, ...words)], {
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

/** Takes over, inside the user namespace, the descriptors of {@link startLoopbackRelay}. */
export function useLoopbackRelay(descriptors: readonly number[]): void {
  for (const fd of descriptors) libc.setCloseOnExec(fd);
  files = descriptors.slice(1);
}

/** The paths of the UNIX sockets that lead to the services, in the order of the services. */
export const socketPaths = (): readonly string[] => files.map((fd) => descriptorPath(fd));

/**
 * Opens a listening UNIX socket, and its file, which is in no directory any more: only a process that has the file open
 * can connect.
 */
function listenUnlinked(): { listener: number; file: number } {
  // Not in TMPDIR: the path of a socket is limited to 107 bytes.
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

/** Runs the process outside. */
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
