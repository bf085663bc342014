import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from '../constants.ts';
import { SyscallError } from '../error.ts';
import { bind, checked, koffi, retried } from '../native.ts';

const c = {
  close: bind('int close(int)'),
  // Variadic in C, but the mode goes where any third argument goes on every ABI Node supports.
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
  // As syscall(2), which glibc before 2.36 has no name for.
  pidfdOpen: bind('long syscall(long, int, unsigned int)'),
  fsopen: bind('long syscall(long, const char *, unsigned int)'),
  fsconfig: bind('long syscall(long, int, unsigned int, const char *, const void *, int)'),
  fsmount: bind('long syscall(long, int, unsigned int, unsigned int)'),
  clockGettime: bind('int clock_gettime(int, _Out_ void *)'),
  // ioctl once more, for requests that fill a struct.
  ioctlInto: bind('int ioctl(int, unsigned long, _Out_ void *)'),
  // And for those that read one.
  ioctlFrom: bind('int ioctl(int, unsigned long, const void *)'),
};
/** Microseconds since the epoch by CLOCK_REALTIME, the clock of packet timestamps; exact to a quarter of one. */
export function realtime(): number {
  c.clockGettime(0, timespec);
  return Number(timespec[0]) * 1e6 + Number(timespec[1]) / 1e3;
}
// Both parts are long, 64 bits wherever Node runs but on 32-bit ARM.
const timespec = new BigInt64Array(2);

const SIOCGSTAMPNS = 0x8907;

/**
 * When the packet that was last received from a socket reached this machine, in the microseconds of {@link realtime};
 * undefined when the kernel took no note. The first call makes it do so from then on (socket(7), SIOCGSTAMP).
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

/** Opens what is below a folder that is open, to be read, close-on-exec; undefined where that cannot be. */
export function openAt(folder: number, name: string): number | undefined {
  const fd = c.openat(folder, name, O_CLOEXEC);
  return fd < 0 ? undefined : fd;
}

/**
 * Reads the beginning of a file below a folder that is open, by one read(2): for those of /proc, of which there are many.
 * @returns how many bytes; undefined when it cannot be opened or read
 */
export function readAt(folder: number, name: string, into: Uint8Array): number | undefined {
  const fd = openAt(folder, name);
  if (fd === undefined) return undefined;
  const count = c.read(fd, into, into.length);
  c.close(fd);
  return count < 0 ? undefined : count;
}

/** Up to 256 random bytes, which nobody can foresee; node:crypto has them, too, and takes some milliseconds to load. */
export function randomBytes(count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  retried(() => c.getrandom(bytes, count, 0), 'getrandom');
  return bytes;
}

/** Writes to a file below a folder that is open, by one write(2). Returns false where it cannot be opened or written. */
export function writeAt(folder: number, name: string, data: Uint8Array): boolean {
  const fd = c.openat(folder, name, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return false;
  const count = c.write(fd, data, data.length);
  c.close(fd);
  return count === data.length;
}

export const ioctl = (fd: number, request: number, argument: number): number =>
  checked(c.ioctl(fd, request, argument), 'ioctl');

/** The same for a request that is told a struct. */
export const ioctlFrom = (fd: number, request: number, struct: Uint8Array): number =>
  checked(c.ioctlFrom(fd, request, struct), 'ioctl');

/** Returns false when LOCK_NB was given and another holds the lock. */
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

/** The number of mount_setattr(2), the same everywhere; the C library has no function for it before glibc 2.36. */
const SYS_MOUNT_SETATTR = 442;

/** Sets and clears attributes of a mount, and with AT_RECURSIVE of those below it (since Linux 5.12). */
export function mountSetattr(path: string, flags: number, set: number, clear: number): void {
  const attributes = new BigUint64Array([BigInt(set), BigInt(clear), 0n, 0n]);
  checked(
    c.syscall(SYS_MOUNT_SETATTR, AT_FDCWD, path, flags, attributes, attributes.byteLength),
    'mount_setattr',
    path,
  );
}

/** The numbers of fsopen(2), fsconfig(2) and fsmount(2), the same everywhere. */
const [SYS_FSOPEN, SYS_FSCONFIG, SYS_FSMOUNT] = [430, 431, 432];
/** FSOPEN_CLOEXEC and FSMOUNT_CLOEXEC of linux/mount.h. */
const FS_CLOEXEC = 1;
const FSCONFIG_CMD_CREATE = 6;

/**
 * A descriptor of a file system of that type, mounted nowhere: it goes when it is closed (since Linux 5.2).
 * @throws SyscallError EPERM where this user may not mount it, ENOSYS
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

/** A text, or bytes as they are. */
type Word = string | Buffer;

const terminated = (word: Word): Word => (typeof word === 'string' ? word : Buffer.concat([word, Buffer.of(0)]));

export const chdir = (path: Word): void => {
  checked(c.chdir(terminated(path)), 'chdir', path.toString());
};

export const fchdir = (fd: number): void => {
  checked(c.fchdir(fd), 'fchdir');
};

/** Replaces this process with a program, found as a shell finds it. Returns only by throwing. */
export function execvpe(command: Word, argv: readonly Word[], env: readonly Word[]): never {
  c.execvpe(terminated(command), [...argv.map(terminated), null], [...env.map(terminated), null]);
  throw new SyscallError('execve', koffi.errno(), command.toString());
}

const F_SETFD = 2;
const F_GETFL = 3;

/** Takes close-on-exec off a descriptor. One that is not open stays so. */
export const keepAcrossExecve = (fd: number): void => {
  c.fcntl(fd, F_SETFD, 0);
};

/** Puts close-on-exec on a descriptor. */
export const closeAtExecve = (fd: number): void => {
  c.fcntl(fd, F_SETFD, FD_CLOEXEC);
};
const FD_CLOEXEC = 1;
/** How a descriptor was opened: O_RDONLY, O_WRONLY or O_RDWR, with O_NONBLOCK and the like (fcntl(2), F_GETFL). */
export const statusFlags = (fd: number): number => checked(c.fcntl(fd, F_GETFL, 0), 'fcntl');
/** Gives a signal back its default action: Node ignores some, and an ignored signal stays so across execve. */
export const defaultSignal = (signal: number): void => {
  c.signal(signal, null);
};

/** The same on every architecture: linux/asm-generic/unistd.h. */
const SYS_PIDFD_OPEN = 434;

/** A descriptor of a process, close-on-exec, that has something to read when the process has ended. Linux 5.3. */
export const pidfdOpen = (pid: number): number => checked(c.pidfdOpen(SYS_PIDFD_OPEN, pid, 0), 'pidfd_open');

export const geteuid = (): number => c.geteuid();

/** The capabilities that this thread has in force, as bits (capget(2), capabilities(7)). */
export function effectiveCapabilities(): bigint {
  // struct __user_cap_header_struct with _LINUX_CAPABILITY_VERSION_3, and the effective, permitted and inheritable sets twice.
  const sets = new Uint32Array(6);
  checked(c.capget(new Uint32Array([0x2008_0522, 0]), sets), 'capget');
  return (BigInt(sets[3]!) << 32n) | BigInt(sets[0]!);
}

/** Names the UTS namespace that the thread is in: 64 bytes at most. */
export const sethostname = (name: string): void => {
  checked(c.sethostname(name, Buffer.byteLength(name)), 'sethostname', name);
};

const RLIMIT_NOFILE = 7;

/** Sets how many descriptors this process may have open, but to no more than its hard limit (getrlimit(2)). */
export function limitDescriptors(soft: bigint): void {
  // struct rlimit: the soft limit and the hard one, unsigned long each.
  const limits = new BigUint64Array(2);
  checked(c.getrlimit(RLIMIT_NOFILE, limits), 'getrlimit');
  if (soft >= limits[1]!) return;
  limits[0] = soft;
  checked(c.setrlimit(RLIMIT_NOFILE, limits), 'setrlimit');
}
