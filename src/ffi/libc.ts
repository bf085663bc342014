import { AT_FDCWD, O_CLOEXEC, O_WRONLY } from './constants.ts';
import { SyscallError } from './error.ts';
import { bind, checked, EINTR, koffi, lib, retried, type Native } from './native.ts';

const c = {
  socket: bind('int socket(int, int, int)'),
  bind: bind('int bind(int, const void *, uint32_t)'),
  connect: bind('int connect(int, const void *, uint32_t)'),
  listen: bind('int listen(int, int)'),
  accept4: bind('int accept4(int, void *, void *, int)'),
  getsockname: bind('int getsockname(int, _Out_ void *, _Inout_ uint32_t *)'),
  getpeername: bind('int getpeername(int, _Out_ void *, _Inout_ uint32_t *)'),
  getsockopt: bind('int getsockopt(int, int, int, _Out_ void *, _Inout_ uint32_t *)'),
  setsockopt: bind('int setsockopt(int, int, int, const void *, uint32_t)'),
  send: bind('long send(int, const void *, size_t, int)'),
  sendto: bind('long sendto(int, const void *, size_t, int, const void *, uint32_t)'),
  recv: bind('long recv(int, _Out_ void *, size_t, int)'),
  recvfrom: bind('long recvfrom(int, _Out_ void *, size_t, int, _Out_ void *, _Inout_ uint32_t *)'),
  eventfd: bind('int eventfd(unsigned int, int)'),
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
  epollCreate1: bind('int epoll_create1(int)'),
  epollCtl: bind('int epoll_ctl(int, int, int, const void *)'),
  epollWait: bind('int epoll_wait(int, _Out_ void *, int, int)'),
  clockGettime: bind('int clock_gettime(int, _Out_ void *)'),
  // ioctl once more, for requests that fill a struct.
  ioctlInto: bind('int ioctl(int, unsigned long, _Out_ void *)'),
  // And for those that read one.
  ioctlFrom: bind('int ioctl(int, unsigned long, const void *)'),
};

export const socket = (domain: number, type: number, protocol: number): number =>
  checked(c.socket(domain, type, protocol), 'socket');

/** `subject` is what the address is called in errors. */
export const bindSocket = (fd: number, address: Uint8Array, subject?: string): void => {
  checked(c.bind(fd, address, address.length), 'bind', subject);
};

/** Returns 0, or EINPROGRESS for a socket that does not block. */
export function connect(fd: number, address: Uint8Array): number {
  if (c.connect(fd, address, address.length) === 0) return 0;
  const errno = koffi.errno();
  if (errno === EINPROGRESS) return errno;
  throw new SyscallError('connect', errno);
}
export const EINPROGRESS = 115;

export const listen = (fd: number, backlog: number): void => {
  checked(c.listen(fd, backlog), 'listen');
};

/** Takes a connection off a listening socket, or undefined when none waits on one that does not block. */
export function accept(fd: number, flags: number): number | undefined {
  const connection = c.accept4(fd, null, null, flags);
  if (connection >= 0) return connection;
  const errno = koffi.errno();
  if (errno === EAGAIN) return undefined;
  throw new SyscallError('accept4', errno);
}
const EAGAIN = 11;

/** The address a socket is bound to, as a sockaddr. */
export function getsockname(fd: number): Uint8Array {
  const address = new Uint8Array(128);
  const length = [address.length];
  checked(c.getsockname(fd, address, length), 'getsockname');
  return address.subarray(0, length[0]);
}

/** The address of a connected socket's other end, as a sockaddr. */
export function getpeername(fd: number): Uint8Array {
  const address = new Uint8Array(128);
  const length = [address.length];
  checked(c.getpeername(fd, address, length), 'getpeername');
  return address.subarray(0, length[0]);
}

export function getsockopt(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  checked(c.getsockopt(fd, level, name, value, [4]), 'getsockopt');
  return value[0]!;
}

/** Reads an option that is a struct, as much of it as the kernel knows, into `value`. Returns how much that is. */
export function getsockoptInto(fd: number, level: number, name: number, value: Uint8Array): number {
  const length = [value.length];
  checked(c.getsockopt(fd, level, name, value, length), 'getsockopt');
  return length[0]!;
}

export const setsockopt = (fd: number, level: number, name: number, value: number | Uint8Array): void => {
  if (typeof value === 'number') {
    optionValue[0] = value;
    checked(c.setsockopt(fd, level, name, optionValue, 4), 'setsockopt');
  } else checked(c.setsockopt(fd, level, name, value, value.byteLength), 'setsockopt');
};
const optionValue = new Int32Array(1);

/** Sends the first `length` bytes of `data`. */
export const send = (fd: number, data: Uint8Array, length: number, flags: number): number =>
  retried(() => c.send(fd, data, length, flags), 'send');

export const sendto = (fd: number, data: Uint8Array, flags: number, address: Uint8Array): number =>
  retried(() => c.sendto(fd, data, data.length, flags, address, address.length), 'sendto');

/** Receives into `target`; with MSG_TRUNC the result may exceed its length. */
export const recv = (fd: number, target: Uint8Array, flags: number): number =>
  retried(() => c.recv(fd, target, target.length, flags), 'recv');

/** As {@link recv}, and the sender's sockaddr. */
export function recvfrom(fd: number, target: Uint8Array, flags: number): { length: number; address: Uint8Array } {
  const address = new Uint8Array(128);
  const size = [address.length];
  const length = retried(() => c.recvfrom(fd, target, target.length, flags, address, size), 'recvfrom');
  return { length, address: address.subarray(0, size[0]) };
}

/** What {@link recvmsg} received. */
export interface ReceivedMessage {
  /** Of the datagram; with MSG_TRUNC it may exceed the target's length. */
  readonly length: number;
  /** How much of `control` the kernel filled: see cmsg(3). */
  readonly controlLength: number;
}

/**
 * Receives a datagram into `target`, its sender's sockaddr into `sender`, and what the kernel says of it, its ancillary
 * data, into `control`. Returns undefined when none waits on a socket that does not block.
 */
export function recvmsg(
  fd: number,
  target: Uint8Array,
  sender: Uint8Array,
  control: Uint8Array,
  flags: number,
): ReceivedMessage | undefined {
  const header = {
    name: sender,
    nameLength: sender.length,
    iov: [{ base: target, length: target.length }],
    iovLength: 1,
    control,
    controlLength: control.length,
    flags: 0,
  };
  const native = boundRecvmsg();
  for (;;) {
    const length = native(fd, header, flags);
    if (length >= 0) return { length, controlLength: header.controlLength };
    const errno = koffi.errno();
    if (errno === EAGAIN) return undefined;
    if (errno !== EINTR) throw new SyscallError('recvmsg', errno);
  }
}

let nativeRecvmsg: Native | undefined;

/** Bound at its first call, as the others are, but after the structs that it takes (sys/socket.h). */
function boundRecvmsg(): Native {
  if (nativeRecvmsg === undefined) {
    koffi.struct('netwright_iovec', { base: 'void *', length: 'size_t' });
    koffi.struct('netwright_msghdr', {
      name: 'void *',
      nameLength: 'uint32_t',
      iov: 'netwright_iovec *',
      iovLength: 'size_t',
      control: 'void *',
      controlLength: 'size_t',
      flags: 'int',
    });
    nativeRecvmsg = lib().func('long recvmsg(int, _Inout_ netwright_msghdr *, int)') as Native;
  }
  return nativeRecvmsg;
}

export interface PollFd {
  readonly fd: number;
  readonly events: number;
}

/**
 * Waits up to `timeout` milliseconds and returns each descriptor's revents, in order, without holding the event loop up:
 * the call waits on a thread of libuv's pool (UV_THREADPOOL_SIZE, 4
 * unless set, which file reads and name look-ups share), and takes one of them until it returns. A descriptor means the
 * same on every thread, whatever namespace that is in. A process cannot end before the call has, so `timeout` is not to
 * be long; an eventfd among the descriptors ends it at once. A call that failed, errno being that of another thread,
 * counts as timed out.
 */
export async function pollAsync(fds: readonly PollFd[], timeout: number): Promise<number[]> {
  const block = pollBlock(fds);
  await new Promise<void>((resolve, reject) => {
    asyncPoll ??= lib().func('int poll(_Inout_ void *, unsigned long, int)') as unknown as AsyncPoll;
    asyncPoll.async(new Uint8Array(block.buffer), fds.length, timeout, (error) => {
      if (error === null) resolve();
      else reject(error);
    });
  });
  return fds.map((_, i) => block.getInt16(8 * i + 6, LITTLE));
}

interface AsyncPoll {
  readonly async: (fds: Uint8Array, count: number, timeout: number, done: (error: Error | null) => void) => void;
}
let asyncPoll: AsyncPoll | undefined;

const LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** An array of struct pollfd (poll.h). */
function pollBlock(fds: readonly PollFd[]): DataView<ArrayBuffer> {
  const block = new DataView(new ArrayBuffer(8 * fds.length));
  fds.forEach(({ fd, events }, i) => {
    block.setInt32(8 * i, fd, LITTLE);
    block.setInt16(8 * i + 4, events, LITTLE);
  });
  return block;
}

/** A counter that can be waited for: readable once something was written to it. Close-on-exec, does not block. */
export const eventfd = (): number => checked(c.eventfd(0, 0o2004000), 'eventfd');

/** epoll_event is packed on x86-64 alone (linux/eventpoll.h). */
const EPOLL_EVENT_SIZE = process.arch === 'x64' ? 12 : 16;
const EPOLL_DATA_OFFSET = EPOLL_EVENT_SIZE - 8;
const epollEvents = new DataView(new ArrayBuffer(EPOLL_EVENT_SIZE * 256));

/** A new epoll instance, close-on-exec. */
export const epollCreate = (): number => checked(c.epollCreate1(0o2000000), 'epoll_create1');

/** Adds a descriptor; `token` (32 bits) is what {@link epollWait} knows it by. It leaves when it is closed. */
export function epollAdd(epoll: number, fd: number, events: number, token: number): void {
  const event = new DataView(new ArrayBuffer(EPOLL_EVENT_SIZE));
  event.setUint32(0, events, LITTLE);
  event.setUint32(EPOLL_DATA_OFFSET, token, LITTLE);
  checked(c.epollCtl(epoll, 1, fd, new Uint8Array(event.buffer)), 'epoll_ctl');
}

/** Waits up to `timeout` milliseconds and visits what is ready, 256 at most. Interrupted counts as timed out. */
export function epollWait(epoll: number, timeout: number, visit: (token: number, events: number) => void): number {
  const ready = c.epollWait(epoll, new Uint8Array(epollEvents.buffer), 256, timeout);
  if (ready < 0) {
    if (koffi.errno() === EINTR) return 0;
    throw new SyscallError('epoll_wait', koffi.errno());
  }
  // Copied first: what is visited may wait, too.
  const found = Array.from({ length: ready }, (_, i) => ({
    token: epollEvents.getUint32(i * EPOLL_EVENT_SIZE + EPOLL_DATA_OFFSET, LITTLE),
    events: epollEvents.getUint32(i * EPOLL_EVENT_SIZE, LITTLE),
  }));
  for (const { token, events } of found) visit(token, events);
  return ready;
}

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
