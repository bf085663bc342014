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
 * `setns` and `unshare` move the calling thread alone, and JavaScript between two synchronous calls cannot be
 * interrupted: as long as the thread is home again before the event loop turns, nobody else notices.
 */

const OPEN = O_RDONLY | O_CLOEXEC;

let homeNet: number | undefined;
let homeMount: number | undefined;
let homeUts: number | undefined;
/** Whether a visit is under way, and whether the thread has left home on it. */
let under = false;
let moved = false;

/** A thread that has left its own network namespace, for the length of one synchronous function. */
export interface NamespaceVisit {
  /** Enters the namespace of a descriptor. */
  enter(namespace: number): void;
  /** Makes a network namespace and enters it. It lives as long as something refers to it. */
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
 * Runs `fn`, which may move this thread from namespace to namespace, and comes home whatever happens.
 *
 * `fn` must be synchronous: a promise would go on running elsewhere. If coming home fails the process is aborted: a
 * program that goes on in the wrong network is worse than one that stops.
 */
export function visitNamespaces<T>(fn: (thread: NamespaceVisit) => T): T {
  if (under) return fn(currentVisit);
  homeNet ??= libc.open(namespaceFile('thread-self', 'net'), OPEN);
  under = true;
  moved = false;
  try {
    const result = fn(currentVisit);
    if (result instanceof Promise) throw new TypeError('a function that runs in a namespace must be synchronous');
    return result;
  } finally {
    // A thread that never got away need not, and without the privilege to leave cannot, come home.
    if (moved) comeHome(homeNet, CLONE_NEWNET);
    under = false;
  }
}

/** Runs `fn` in the network namespace of a descriptor. Synchronous; nests. */
export function within<T>(namespace: number, fn: () => T): T {
  if (!under) {
    return visitNamespaces((thread) => {
      thread.enter(namespace);
      return fn();
    });
  }
  const back = libc.open(namespaceFile('thread-self', 'net'), OPEN);
  try {
    libc.setns(namespace, CLONE_NEWNET);
    try {
      return fn();
    } finally {
      comeHome(back, CLONE_NEWNET);
    }
  } finally {
    libc.close(back);
  }
}

/**
 * Runs `fn` in a mount namespace, and comes back to this thread's own and its working directory.
 * `prepared` is a descriptor of one, or undefined to make one for `fn`.
 */
export function withinMounts<T>(prepared: number | undefined, fn: () => T): T {
  homeMount ??= libc.open(namespaceFile('thread-self', 'mnt'), OPEN);
  // By a descriptor: it may have been removed, and has no path then.
  const directory = libc.open('.', O_PATH | O_CLOEXEC);
  try {
    if (prepared === undefined) libc.unshare(CLONE_NEWNS);
    else {
      // Joining takes a thread whose working directory is its own alone: threads that it has started since share it.
      libc.unshare(CLONE_FS);
      libc.setns(prepared, CLONE_NEWNS);
    }
    try {
      return fn();
    } finally {
      comeHome(homeMount, CLONE_NEWNS);
      libc.fchdir(directory);
    }
  } finally {
    libc.close(directory);
  }
}

/**
 * Whether this thread could come back from another UTS namespace. In a user namespace that has not got one of its own, it
 * could not: its host name is that of whoever made it.
 */
export function canReturnFromUts(): boolean {
  homeUts ??= libc.open(namespaceFile('thread-self', 'uts'), OPEN);
  try {
    libc.setns(homeUts, CLONE_NEWUTS);
    return true;
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'EPERM') return false;
    throw error;
  }
}

/** Runs `fn` in the UTS namespace of a descriptor, or in a new one where that is undefined: host names are its own. */
export function withinUts<T>(prepared: number | undefined, fn: () => T): T {
  homeUts ??= libc.open(namespaceFile('thread-self', 'uts'), OPEN);
  if (prepared === undefined) libc.unshare(CLONE_NEWUTS);
  else libc.setns(prepared, CLONE_NEWUTS);
  try {
    return fn();
  } finally {
    comeHome(homeUts, CLONE_NEWUTS);
  }
}

function comeHome(descriptor: number, kind: number): void {
  try {
    libc.setns(descriptor, kind);
  } catch (error) {
    process.stderr.write(`netwright: cannot return to this thread's own namespace: ${String(error)}\n`);
    process.abort();
  }
}
