import {
  CLONE_FS,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWUTS,
  libc,
  O_CLOEXEC,
  O_PATH,
  O_RDONLY,
  SyscallError,
} from '../ffi/index.ts';
import { namespaceFile } from '../proc/index.ts';

/*
 * setns(2) and unshare(2) move only the calling thread, and synchronous JavaScript is not interrupted: if the thread
 * has returned before the event loop continues, no other code notices.
 */

const OPEN = O_RDONLY | O_CLOEXEC;

let ownNet: number | undefined;
let ownMounts: number | undefined;
let ownUts: number | undefined;
/** True during a visit; true if the thread has changed its namespace in it. */
let visiting = false;
let moved = false;

/** Moves the thread between network namespaces, for the duration of one synchronous function. */
export interface NamespaceVisit {
  /** Enters the network namespace of a descriptor. */
  enter(namespace: number): void;
  /** Creates a network namespace and enters it. It lives as long as something refers to it. */
  create(): void;
}

const currentVisit: NamespaceVisit = {
  enter(namespace) {
    libc.setns(namespace, CLONE_NEWNET);
    moved = true;
  },
  create() {
    libc.unshare(CLONE_NEWNET);
    moved = true;
  },
};

/**
 * Runs `fn`, which can move this thread between network namespaces, and returns the thread to its own one in any case.
 *
 * `fn` must be synchronous: a promise would continue in a different namespace. If the return fails, the process is
 * aborted: a program that continues in the wrong network is worse than one that stops.
 */
export function visitNamespaces<T>(fn: (thread: NamespaceVisit) => T): T {
  if (visiting) return fn(currentVisit);
  ownNet ??= libc.open(namespaceFile('thread-self', 'net'), OPEN);
  visiting = true;
  moved = false;
  try {
    const result = fn(currentVisit);
    if (result instanceof Promise) throw new TypeError('a function that runs in a namespace must be synchronous');
    return result;
  } finally {
    // A thread that did not move need not return, and without privilege cannot.
    if (moved) returnTo(ownNet, CLONE_NEWNET);
    visiting = false;
  }
}

/** Runs a synchronous `fn` in the network namespace of a descriptor. Calls can nest. */
export function within<T>(namespace: number, fn: () => T): T {
  if (!visiting) {
    return visitNamespaces((thread) => {
      thread.enter(namespace);
      return fn();
    });
  }
  const previous = libc.open(namespaceFile('thread-self', 'net'), OPEN);
  try {
    libc.setns(namespace, CLONE_NEWNET);
    try {
      return fn();
    } finally {
      returnTo(previous, CLONE_NEWNET);
    }
  } finally {
    libc.close(previous);
  }
}

/**
 * Runs a synchronous `fn` in a mount namespace, then returns to this thread's own one and its working directory.
 * @param prepared a descriptor of the mount namespace; undefined creates one for `fn`
 */
export function withinMounts<T>(prepared: number | undefined, fn: () => T): T {
  ownMounts ??= libc.open(namespaceFile('thread-self', 'mnt'), OPEN);
  // A descriptor, since the directory can have been removed and have no path.
  const directory = libc.open('.', O_PATH | O_CLOEXEC);
  try {
    if (prepared === undefined) libc.unshare(CLONE_NEWNS);
    else {
      // Joining a mount namespace requires that no other thread shares the working directory (CLONE_FS); threads that
      // this one has started since share it.
      libc.unshare(CLONE_FS);
      libc.setns(prepared, CLONE_NEWNS);
    }
    try {
      return fn();
    } finally {
      returnTo(ownMounts, CLONE_NEWNS);
      libc.fchdir(directory);
    }
  } finally {
    libc.close(directory);
  }
}

/**
 * True if this thread can return from another UTS namespace. In a user namespace without a UTS namespace of its own it
 * cannot: its host name belongs to the parent user namespace.
 */
export function canReturnFromUts(): boolean {
  ownUts ??= libc.open(namespaceFile('thread-self', 'uts'), OPEN);
  try {
    libc.setns(ownUts, CLONE_NEWUTS);
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'EPERM') return false;
    throw error;
  }
}

/**
 * Runs a synchronous `fn` in the UTS namespace of a descriptor, or in a new one if undefined, with its own host name.
 */
export function withinUts<T>(prepared: number | undefined, fn: () => T): T {
  ownUts ??= libc.open(namespaceFile('thread-self', 'uts'), OPEN);
  if (prepared === undefined) libc.unshare(CLONE_NEWUTS);
  else libc.setns(prepared, CLONE_NEWUTS);
  try {
    return fn();
  } finally {
    returnTo(ownUts, CLONE_NEWUTS);
  }
}

function returnTo(descriptor: number, kind: number): void {
  try {
    libc.setns(descriptor, kind);
  } catch (error) {
    process.stderr.write(`netwright: cannot return to this thread's own namespace: ${String(error)}\n`);
    process.abort();
  }
}
