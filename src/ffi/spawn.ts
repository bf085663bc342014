import { constants } from 'node:os';
import { O_CLOEXEC, O_RDONLY, O_WRONLY } from './constants.ts';
import { SyscallError } from './error.ts';
import { bind, checked } from './native.ts';

/*
 * Starts programs with posix_spawn(3): the child shares this process's memory until execve(2) (CLONE_VFORK), where
 * fork(2) would copy the page tables of a large process first.
 */

const c = {
  pipe2: bind('int pipe2(_Out_ int *, int)'),
  waitid: bind('int waitid(int, uint32_t, _Out_ void *, int)'),
  spawn: bind('int posix_spawn(_Out_ int *, const char *, const void *, const void *, const char **, const char **)'),
  actionsInit: bind('int posix_spawn_file_actions_init(void *)'),
  actionsDestroy: bind('int posix_spawn_file_actions_destroy(void *)'),
  addOpen: bind('int posix_spawn_file_actions_addopen(void *, int, const char *, int, uint32_t)'),
  addDup2: bind('int posix_spawn_file_actions_adddup2(void *, int, int)'),
  // Since glibc 2.29 and musl 1.1.24. POSIX 2024 has it without _np.
  addChdir: bind('int posix_spawn_file_actions_addchdir_np(void *, const char *)'),
  attributesInit: bind('int posix_spawnattr_init(void *)'),
  setFlags: bind('int posix_spawnattr_setflags(void *, short)'),
  setDefaultSignals: bind('int posix_spawnattr_setsigdefault(void *, const void *)'),
  setMask: bind('int posix_spawnattr_setsigmask(void *, const void *)'),
};

/** Opens a pipe, close-on-exec at both ends. */
export function pipe(): [read: number, write: number] {
  const ends: [number, number] = [0, 0];
  checked(c.pipe2(ends, O_CLOEXEC), 'pipe2');
  return ends;
}

/** Sizes of posix_spawn_file_actions_t and posix_spawnattr_t, with room to spare: 80 and 336 bytes in glibc. */
const ACTIONS_SIZE = 512;
const ATTRIBUTES_SIZE = 1024;
const SIGSET_SIZE = 128;

const POSIX_SPAWN_SETSIGDEF = 0x04;
const POSIX_SPAWN_SETSIGMASK = 0x08;

let attributes: Uint8Array | undefined;

/** What a program expects: every signal has its default action (Node ignores SIGPIPE), and none is blocked. */
function boundAttributes(): Uint8Array {
  if (attributes === undefined) {
    attributes = new Uint8Array(ATTRIBUTES_SIZE);
    c.attributesInit(attributes);
    c.setFlags(attributes, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    c.setDefaultSignals(attributes, new Uint8Array(SIGSET_SIZE).fill(0xff));
    c.setMask(attributes, new Uint8Array(SIGSET_SIZE));
  }
  return attributes;
}

export interface Program {
  /** A path, relative to `cwd`; it is not looked up in PATH. */
  readonly path: string;
  readonly argv: readonly string[];
  /** `NAME=value` each. */
  readonly env: readonly string[];
  readonly cwd: string;
}

/**
 * Starts a program as a child of this process, in the namespaces of this thread.
 * @param stdio the descriptors of its standard streams; undefined is /dev/null
 * @returns its process id, which the kernel does not reuse before {@link reap} has returned its exit
 * @throws SyscallError ENOENT, EACCES, ENOEXEC …
 */
export function spawn({ path, argv, env, cwd }: Program, stdio: readonly (number | undefined)[]): number {
  const actions = new Uint8Array(ACTIONS_SIZE);
  c.actionsInit(actions);
  try {
    c.addChdir(actions, cwd);
    for (const [i, fd] of stdio.entries()) {
      if (fd === undefined) c.addOpen(actions, i, '/dev/null', i === 0 ? O_RDONLY : O_WRONLY, 0);
      else c.addDup2(actions, fd, i);
    }
    const pid = [0];
    const errno = c.spawn(pid, path, actions, boundAttributes(), [...argv, null], [...env, null]);
    if (errno !== 0) throw new SyscallError('posix_spawn', errno, path);
    return pid[0]!;
  } finally {
    c.actionsDestroy(actions);
  }
}

/** How a process ended: with an exit status, or by a signal. The other is null. */
export interface Exit {
  readonly status: number | null;
  readonly signal: NodeJS.Signals | null;
}

const P_PID = 1;
const WNOHANG = 1;
const WEXITED = 4;
const CLD_EXITED = 1;
/** The size of siginfo_t, and its members as indices of 32-bit words, on 64-bit architectures (sigaction(2)). */
const SIGINFO_SIZE = 128;
const [SI_CODE, SI_PID, SI_STATUS] = [2, 4, 6];
const siginfo = new Int32Array(SIGINFO_SIZE / 4);

/**
 * Returns how a child ended, or undefined while it runs. After that its process id can belong to another process.
 * @throws SyscallError ECHILD
 */
export function reap(pid: number): Exit | undefined {
  siginfo[SI_PID] = 0;
  checked(c.waitid(P_PID, pid, siginfo, WEXITED | WNOHANG), 'waitid');
  if (siginfo[SI_PID] === 0) return undefined;
  const status = siginfo[SI_STATUS]!;
  return siginfo[SI_CODE] === CLD_EXITED ? { status, signal: null } : { status: null, signal: signalName(status) };
}

/** Returns the first name of a signal, as child_process does; null for the real-time signals, which have none. */
function signalName(number: number): NodeJS.Signals | null {
  const [name = null] = Object.entries(constants.signals).find(([, n]) => n === number) ?? [];
  return name as NodeJS.Signals | null;
}
