import { Socket } from 'node:net';
import { isBun } from '../base/index.ts';

/** Node's socket of a connected stream socket, whose descriptor is its to close. */
export function connectedSocket(fd: number, { allowHalfOpen = false } = {}): Socket {
  if (!isBun) return new Socket({ fd, readable: true, writable: true, allowHalfOpen });
  // Bun, but not Node.js, connects to a descriptor.
  return new Socket({ allowHalfOpen }).connect({ fd, allowHalfOpen } as unknown as { path: string });
}
