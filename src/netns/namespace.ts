import { fstatSync, statSync } from 'node:fs';
import { libc, O_CLOEXEC, O_RDONLY, SyscallError } from '../ffi/index.ts';
import { deviceOfNamespaces } from './nsfs.ts';
import { namespacePath } from './paths.ts';
import { namespaceFile } from '../proc/index.ts';

const ENOENT = 2;

/** No namespace has the name: its lab is not up. */
class NoNamespaceError extends SyscallError {
  constructor(name: string, path: string) {
    super('open', ENOENT, path);
    this.message = `there is no namespace "${name}": its lab is not up`;
  }
}

/**
 * Opens a named network namespace.
 * @param path its file
 * @returns a close-on-exec descriptor, which the caller closes
 * @throws SyscallError ENOENT if there is no such namespace
 */
export function openNamespace(name: string, path = namespacePath(name)): number {
  const descriptor = findNamespace(path);
  if (descriptor === undefined) throw new NoNamespaceError(name, path);
  return descriptor;
}

/**
 * As {@link openNamespace}, but returns undefined if there is no namespace at the path: no file, or the empty file that
 * stays where none is mounted.
 */
export function findNamespace(path: string): number | undefined {
  let descriptor: number;
  try {
    descriptor = libc.open(path, O_RDONLY | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
    throw error;
  }
  // Check the opened file: the mount at the path can go at any time.
  if (fstatSync(descriptor).dev === deviceOfNamespaces()) return descriptor;
  libc.close(descriptor);
  return undefined;
}

/**
 * A named network namespace that stays open after its first use, and is opened again when its name refers to another
 * one: so nothing is done in a namespace that has lost its name because its lab was taken down or brought up again.
 */
export class KeptNamespace {
  readonly #name: string;
  #open: { readonly descriptor: number; readonly inode: number | undefined } | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** A descriptor, valid until {@link close}. @throws SyscallError ENOENT if there is no such namespace */
  get descriptor(): number {
    const inode = statSync(namespacePath(this.#name), { throwIfNoEntry: false })?.ino;
    // While the namespace is open, its inode number is not reused.
    if (this.#open !== undefined && this.#open.inode !== inode) this.close();
    this.#open ??= { descriptor: openNamespace(this.#name), inode };
    return this.#open.descriptor;
  }

  /** Closes the descriptor, if it is open. */
  close(): void {
    if (this.#open !== undefined) libc.close(this.#open.descriptor);
    this.#open = undefined;
  }
}

/** Opens the network namespace of this thread; the caller closes it. */
export const openOwnNamespace = (): number => libc.open(namespaceFile('thread-self', 'net'), O_RDONLY | O_CLOEXEC);
