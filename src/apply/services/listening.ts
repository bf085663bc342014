import { readFileSync } from 'node:fs';

/** An address that something listens at, in network byte order: 4 bytes or 16. */
export type Listening = Uint8Array<ArrayBuffer>;

/** TCP_LISTEN of the kernel's net/tcp_states.h. */
const LISTEN = '0A';

/**
 * Where something listens on a TCP port, in the network namespace of a process: read from its /proc/PID/net/tcp and tcp6
 * (proc(5)), so that no connection has to be made which the program would see.
 */
export function listeningAt(pid: number, port: number): Listening[] {
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, '0')}`;
  return ['tcp', 'tcp6'].flatMap((file) =>
    linesOf(`/proc/${pid}/net/${file}`).flatMap((line) => {
      const [, local = '', , state] = line.trim().split(/\s+/);
      return state === LISTEN && local.endsWith(wanted) ? [addressOf(local.slice(0, -wanted.length))] : [];
    }),
  );
}

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n').slice(1);
  } catch {
    return [];
  }
}

/** Words of 32 bits, each printed as a number of this machine. */
function addressOf(hex: string): Listening {
  const words = new Uint32Array(hex.length / 8);
  for (let i = 0; i < words.length; i++) words[i] = parseInt(hex.slice(8 * i, 8 * i + 8), 16);
  return new Uint8Array(words.buffer);
}
