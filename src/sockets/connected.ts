import { Socket } from 'node:net';
import { isBun } from '../base/index.ts';

/** Makes a Node socket from the descriptor of a connected stream socket, which it closes. */
export function connectedSocket(fd: number, { allowHalfOpen = false } = {}): Socket {
  if (!isBun) return new Socket({ fd, readable: true, writable: true, allowHalfOpen });
  // Bun, but not Node.js, connects to a descriptor.
  return new Socket({ allowHalfOpen }).connect({ fd, allowHalfOpen } as unknown as { path: string });
}
