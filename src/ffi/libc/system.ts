import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from '../constants.ts';
import { SyscallError } from '../error.ts';
import { bind, checked, koffi, retried } from '../native.ts';

const c = {
  close: bind('int close(int)'),
  // Variadic in C, but on every ABI that Node supports the mode is passed like any third argument.
  open: bind('int open(const char *, int, uint32_t)'),
  openat: bind('int openat(int, const char *, int)'),
  read: bind('long read(int, _Out_ void *, size_t)'),
  getrandom: bind('long getrandom(_Out_ void *, size_t, unsigned int)'),
  write: bind('long write(int, const void *, size_t)'),
  ioctl: bind('int ioctl(int, unsigned long, int)'),
  flock: bind('int flock(int, int)'),
  setns: bind('int setns(int, int)'),
  unshare: bind('int unshare(int)'),
  mount: bind('int mount(const char *, const char *, const char *, unsigned long, const char *)'),
  umount2: bind('int umount2(const char *, int)'),
  syscall: bind('long syscall(long, int, const char *, unsigned int, const void *, size_t)'),
  chdir: bind('int chdir(const char *)'),
  fchdir: bind('int fchdir(int)'),
  execvpe: bind('int execvpe(const char *, const char **, const char **)'),
  signal: bind('void *signal(int, void *)'),
  geteuid: bind('uint32_t geteuid()'),
  sethostname: bind('int sethostname(const char *, size_t)'),
  getrlimit: bind('int getrlimit(int, _Out_ void *)'),
  setrlimit: bind('int setrlimit(int, const void *)'),
  capget: bind('int capget(const void *, _Out_ void *)'),
  fcntl: bind('int fcntl(int, int, int)'),
  // Through syscall(2): glibc has functions for these since 2.36.
  pidfdOpen: bind('long syscall(long, int, unsigned int)'),
  fsopen: bind('long syscall(long, const char *, unsigned int)'),
  fsconfig: bind('long syscall(long, int, unsigned int, const char *, const void *, int)'),
  fsmount: bind('long syscall(long, int, unsigned int, unsigned int)'),
  clockGettime: bind('int clock_gettime(int, _Out_ void *)'),
  // ioctl for requests that write a struct,
  ioctlInto: bind('int ioctl(int, unsigned long, _Out_ void *)'),
  // and for requests that read one.
  ioctlFrom: bind('int ioctl(int, unsigned long, const void *)'),
};
/**
 * Returns the time of CLOCK_REALTIME, which packet timestamps use, in microseconds since the epoch. A double holds it
 * to a quarter of a microsecond.
 */
export function realtime(): number {
  c.clockGettime(0, timespec);
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1e3;
}
// Both members are long: 64 bits on every architecture of Node except 32-bit ARM.
const timespec = new BigInt64Array(2);

const SIOCGSTAMPNS = 0x8907;

/**
 * Returns when the kernel received the packet last read from a socket, in microseconds as {@link realtime}; undefined
 * when it has no timestamp. The first call turns timestamps on for later packets (socket(7), SIOCGSTAMP).
 */
export function receivedAt(fd: number): number | undefined {
  if (c.ioctlInto(fd, SIOCGSTAMPNS, timespec) < 0) return undefined;
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1e3;
}

export const close = (fd: number): void => {
  c.close(fd);
};

export const open = (path: string, flags: number, mode = 0): number =>
  retried(() => c.open(path, flags, mode), 'open', path);

/** Opens a file below an open directory, read-only and close-on-exec. Returns undefined where openat(2) fails. */
export function openAt(folder: number, name: string): number | undefined {
  const fd = c.openat(folder, name, O_CLOEXEC);
  return fd < 0 ? undefined : fd;
}

/**
 * Reads the beginning of a file below an open directory, with one read(2): for the many files of /proc.
 * @returns the number of bytes; undefined when the file cannot be opened or read
 */
export function readAt(folder: number, name: string, into: Uint8Array): number | undefined {
  const fd = openAt(folder, name);
  if (fd === undefined) return undefined;
  const count = c.read(fd, into, into.length);
  c.close(fd);
  return count < 0 ? undefined : count;
}

/** Returns up to 256 bytes of getrandom(2). node:crypto has them too, but takes some milliseconds to load. */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  retried(() => c.getrandom(bytes, count, 0), 'getrandom');
  return bytes;
}

/** Writes to a file below an open directory, with one write(2). Returns false when it cannot be opened or written. */
export function writeAt(folder: number, name: string, data: Uint8Array): boolean {
  const fd = c.openat(folder, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const count = c.write(fd, data, data.length);
  c.close(fd);
  return count === data.length;
}

export const ioctl = (fd: number, request: number, argument: number): number =>
  checked(c.ioctl(fd, request, argument), 'ioctl');

/** Like {@link ioctl}, for a request that reads a struct. */
export const ioctlFrom = (fd: number, request: number, struct: Uint8Array): number =>
  checked(c.ioctlFrom(fd, request, struct), 'ioctl');

/** Returns false when `operation` has LOCK_NB and another open file holds the lock. */
export function flock(fd: number, operation: number): boolean {
  if (c.flock(fd, operation) === 0) return true;
  const errno = koffi.errno();
  if (errno === 11) return false;
  throw new SyscallError('flock', errno);
}

export const setns = (fd: number, type: number): void => {
  checked(c.setns(fd, type), 'setns');
};

export const unshare = (flags: number): void => {
  checked(c.unshare(flags), 'unshare');
};

export const mount = (
  source: string | null,
  target: string,
  type: string | null,
  flags: number,
  data: string | null = null,
): void => {
  checked(c.mount(source, target, type, flags, data), 'mount', target);
};

export const umount = (target: string, flags: number): void => {
  checked(c.umount2(target, flags), 'umount2', target);
};

/** The same on every architecture. glibc has a function for it since 2.36. */
const SYS_MOUNT_SETATTR = 442;

/** Sets and clears attributes of a mount and, with AT_RECURSIVE, of those below it: mount_setattr(2), Linux 5.12. */
export function mountSetattr(path: string, flags: number, set: number, clear: number): void {
  const attributes = new BigUint64Array([BigInt(set), BigInt(clear), 0n, 0n]);
  checked(
    c.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, path, flags, attributes, attributes.byteLength),
    'mount_setattr',
    path,
  );
}

/** fsopen(2), fsconfig(2) and fsmount(2): the same on every architecture. */
const [SYS_FSOPEN, SYS_FSCONFIG, SYS_FSMOUNT] = [430, 431, 432];
/** FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC of linux/mount.h. */
const FS_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

/**
 * Returns the descriptor of a new mount of a file system of this type. The mount is attached to no directory and goes
 * away when the descriptor is closed (fsmount(2), Linux 5.2).
 * @throws SyscallError EPERM when this process may not mount the type, ENOSYS before Linux 5.2
 */
export function mountDetached(type: string): number {
  const context = checked(c.fsopen(SYS_FSOPEN, type, FS_CLOEXEC), 'fsopen', type);
  try {
    checked(c.fsconfig(SYS_FSCONFIG, context, FSCONFIG_CMD_CREATE, null, null, 0), 'fsconfig', type);
    return checked(c.fsmount(SYS_FSMOUNT, context, FS_CLOEXEC, 0), 'fsmount', type);
  } finally {
    close(context);
  }
}

/** Text, or bytes that need not be UTF-8. */
type Word = string | Buffer;

/** Adds the NUL byte to a Buffer; koffi adds it to a string. */
const terminated = (word: Word): Word => (typeof word === 'string' ? word : Buffer.concat([word, Buffer.of(0)]));

export const chdir = (path: Word): void => {
  checked(c.chdir(terminated(path)), 'chdir', path.toString());
};

export const fchdir = (fd: number): void => {
  checked(c.fchdir(fd), 'fchdir');
};

/** Replaces this process with a program, looked up in PATH as by execvp(3). @throws SyscallError: it never returns */
export function execvpe(command: Word, argv: readonly Word[], env: readonly Word[]): never {
  c.execvpe(terminated(command), [...argv.map(terminated), null], [...env.map(terminated), null]);
  throw new SyscallError('execve', koffi.errno(), command.toString());
}

const F_SETFD = 2;
const F_GETFL = 3;

/** Clears FD_CLOEXEC of a descriptor. Does nothing when the descriptor is not open. */
export const clearCloseOnExec = (fd: number): void => {
  c.fcntl(fd, F_SETFD, 0);
};

/** Sets FD_CLOEXEC of a descriptor. */
export const setCloseOnExec = (fd: number): void => {
  c.fcntl(fd, F_SETFD, FD_CLOEXEC);
};
const FD_CLOEXEC = 1;
/** Returns a descriptor's access mode and status flags: O_RDWR, O_NONBLOCK … (fcntl(2), F_GETFL). */
export const statusFlags = (fd: number): number => checked(c.fcntl(fd, F_GETFL, 0), 'fcntl');
/** Resets a signal to its default action. Node ignores some signals, and execve(2) keeps them ignored. */
export const defaultSignal = (signal: number): void => {
  c.signal(signal, null);
};

/** The same on every architecture: linux/asm-generic/unistd.h. */
const SYS_PIDFD_OPEN = 434;

/** Returns a pidfd, close-on-exec, which becomes readable when the process ends: pidfd_open(2), Linux 5.3. */
export const pidfdOpen = (pid: number): number => checked(c.pidfdOpen(SYS_PIDFD_OPEN, pid, 0), 'pidfd_open');

export const geteuid = (): number => c.geteuid();

/** Returns the effective capabilities of this thread as a bit mask (capget(2), capabilities(7)). */
export function effectiveCapabilities(): bigint {
  // struct __user_cap_header_struct with _LINUX_CAPABILITY_VERSION_3, and two structs __user_cap_data_struct
  // (effective, permitted, inheritable), the lower 32 bits first.
  const sets = new Uint32Array(6);
  checked(c.capget(new Uint32Array([0x2008_0522, 0]), sets), 'capget');
  return (BigInt(sets[3]!) << 32n) | BigInt(sets[0]!);
}

/** Sets the host name of the thread's UTS namespace: at most 64 bytes. */
export const sethostname = (name: string): void => {
  checked(c.sethostname(name, Buffer.byteLength(name)), 'sethostname', name);
};

const RLIMIT_NOFILE = 7;

/** Sets the soft limit of open files of this process, but not above its hard limit (getrlimit(2), RLIMIT_NOFILE). */
export function limitDescriptors(soft: bigint): void {
  // struct rlimit: the soft and the hard limit, both unsigned long.
  const limits = new BigUint64Array(2);
  checked(c.getrlimit(RLIMIT_NOFILE, limits), 'getrlimit');
  if (soft >= limits[1]!) return;
  limits[0] = soft;
  checked(c.setrlimit(RLIMIT_NOFILE, limits), 'setrlimit');
}
