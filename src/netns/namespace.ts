import { fstatSync, statSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY, SyscallError } from '../ffi/index.ts';
import { deviceOfNamespaces } from './nsfs.ts';
import { namespacePath } from './paths.ts';
import { namespaceFile } from '../proc/index.ts';

const ENOENT = 2;

/** No namespace has the name: its lab has been taken down, or never was up. */
class NoNamespaceError extends SyscallError {
  constructor(name: string, path: string) {
    super('open', ENOENT, path);
    this.message = `there is no namespace "${name}": its lab is not up`;
  }
}

/**
 * Opens a named namespace.
 * @param path of its file
 * @returns a close-on-exec descriptor, the caller's to close
 * @throws SyscallError ENOENT when there is none, or none any more
 */
export function openNamespace(name: string, path = namespacePath(name)): number {
  const descriptor = findNamespace(path);
  if (descriptor === undefined) throw new NoNamespaceError(name, path);
  return descriptor;
}

/**
 * As {@link openNamespace}, and undefined when no namespace is behind the path: there is no file, or the empty one that is
 * left where none is mounted.
 */
export function findNamespace(path: string): number | undefined {
  let descriptor: number;
  try {
    descriptor = libc.open(path, O_RDONLY | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // Asked of what has been opened: what is mounted there may go at any instant.
  if (fstatSync(descriptor).dev === deviceOfNamespaces()) return descriptor;
  libc.close(descriptor);
  return undefined;
}

/**
 * A named namespace that is kept open from its first use on, and opened anew when its name has come to mean another: what
 * is asked of a lab that somebody has taken down, or brought up again meanwhile, is not to be done in one that has no name.
 */
export class KeptNamespace {
  readonly #name: string;
  #open: { readonly descriptor: number; readonly inode: number | undefined } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** A descriptor of it, until {@link close}. @throws SyscallError ENOENT when there is none, or none any more */
  get descriptor(): number {
    const inode = statSync(namespacePath(this.#name), { throwIfNoEntry: false })?.ino;
    // While it is open, its number is no other's.
    if (this.#open !== undefined && this.#open.inode !== inode) this.close();
    this.#open ??= { descriptor: openNamespace(this.#name), inode };
    return this.#open.descriptor;
  }

  /** Lets go of it; nothing when that has been done. */
  close(): void {
    if (this.#open !== undefined) libc.close(this.#open.descriptor);
    this.#open = undefined;
  }
}

/** A descriptor of the namespace this thread is in, the caller's to close. */
export const openOwnNamespace = (): number => libc.open(namespaceFile('thread-self', 'net'), O_RDONLY | O_CLOEXEC);
