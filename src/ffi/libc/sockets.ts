import { SyscallError } from '../error.ts';
import { bind, checked, EINTR, koffi, lib, retried, type Native } from '../native.ts';

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
  epollCreate1: bind('int epoll_create1(int)'),
  epollCtl: bind('int epoll_ctl(int, int, int, const void *)'),
  epollWait: bind('int epoll_wait(int, _Out_ void *, int, int)'),
};

export const socket = (domain: number, type: number, protocol: number): number =>
  checked(c.socket(domain, type, protocol), 'socket');

/** @param subject the address as text, for error messages */
export const bindSocket = (fd: number, address: Uint8Array, subject?: string): void => {
  checked(c.bind(fd, address, address.length), 'bind', subject);
};

/** Returns 0, or EINPROGRESS for a non-blocking socket. */
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

/** Accepts a connection and returns its descriptor; undefined on EAGAIN (non-blocking socket, none waiting). */
export function accept(fd: number, flags: number): number | undefined {
  const connection = c.accept4(fd, null, null, flags);
  if (connection >= 0) return connection;
  const errno = koffi.errno();
  if (errno === EAGAIN) return undefined;
  throw new SyscallError('accept4', errno);
}
const EAGAIN = 11;

/** Returns the sockaddr that a socket is bound to. */
export function getsockname(fd: number): Uint8Array {
  const address = new Uint8Array(128);
  const length = [address.length];
  checked(c.getsockname(fd, address, length), 'getsockname');
  return address.subarray(0, length[0]);
}

/** Returns the sockaddr of a connected socket's peer. */
export function getpeername(fd: number): Uint8Array {
  const address = new Uint8Array(128);
  const length = [address.length];
  checked(c.getpeername(fd, address, length), 'getpeername');
  return address.subarray(0, length[0]);
}

/** Returns the value of an option that is an int. */
export function getsockopt(fd: number, level: number, name: number): number {
  const value = new Int32Array(1);
  checked(c.getsockopt(fd, level, name, value, [4]), 'getsockopt');
  return value[0]!;
}

/** Reads an option that is a struct into `value`. Returns the number of bytes that the kernel has filled. */
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

/** Sends the first `length` bytes of `data`. Returns the number of bytes sent. */
export const send = (fd: number, data: Uint8Array, length: number, flags: number): number =>
  retried(() => c.send(fd, data, length, flags), 'send');

export const sendto = (fd: number, data: Uint8Array, flags: number, address: Uint8Array): number =>
  retried(() => c.sendto(fd, data, data.length, flags, address, address.length), 'sendto');

/** Receives into `target`. Returns the number of bytes; with MSG_TRUNC it can exceed the length of `target`. */
export const recv = (fd: number, target: Uint8Array, flags: number): number =>
  retried(() => c.recv(fd, target, target.length, flags), 'recv');

/** Like {@link recv}, and returns the sender's sockaddr too. */
export function recvfrom(fd: number, target: Uint8Array, flags: number): { length: number; address: Uint8Array } {
  const address = new Uint8Array(128);
  const size = [address.length];
  const length = retried(() => c.recvfrom(fd, target, target.length, flags, address, size), 'recvfrom');
  return { length, address: address.subarray(0, size[0]) };
}

/** The result of {@link recvmsg}, in bytes. */
export interface ReceivedMessage {
  /** The datagram's length; with MSG_TRUNC it can exceed the length of `target`. */
  readonly length: number;
  /** The length of the ancillary data in `control`: see cmsg(3). */
  readonly controlLength: number;
}

/**
 * Receives a datagram into `target`, its sender's sockaddr into `sender` and its ancillary data into `control`.
 * Returns undefined on EAGAIN (non-blocking socket, none waiting).
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

/** Bound at its first call like the others, but its structs (sys/socket.h) must be declared first. */
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
 * Calls poll(2) on a thread of libuv's pool, so that the event loop does not block. Returns the revents of each
 * descriptor, in order.
 *
 * - The call occupies one thread of the pool until it returns. The pool has UV_THREADPOOL_SIZE threads (default 4),
 *   which file reads and name look-ups use too.
 * - A descriptor refers to the same file on every thread, whatever namespaces the thread is in.
 * - The process cannot exit before the call returns: keep `timeout` short, or wake the call with an eventfd among the
 *   descriptors.
 * - A call that failed counts as timed out: its errno stays on the other thread.
 * @param timeout in milliseconds
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

/** Opens an eventfd(2), which is readable after a write to it: EFD_CLOEXEC and EFD_NONBLOCK. */
export const eventfd = (): number => checked(c.eventfd(0, 0o2004000), 'eventfd');

/** struct epoll_event is packed on x86-64 only (linux/eventpoll.h). */
const EPOLL_EVENT_SIZE = process.arch === 'x64' ? 12 : 16;
const EPOLL_DATA_OFFSET = EPOLL_EVENT_SIZE - 8;
const epollEvents = new DataView(new ArrayBuffer(EPOLL_EVENT_SIZE * 256));

/** A new epoll instance, close-on-exec. */
export const epollCreate = (): number => checked(c.epollCreate1(0o2000000), 'epoll_create1');

/**
 * Adds a descriptor. The kernel removes it when it is closed.
 * @param token 32 bits, which {@link epollWait} passes to `visit` for this descriptor
 */
export function epollAdd(epoll: number, fd: number, events: number, token: number): void {
  const event = new DataView(new ArrayBuffer(EPOLL_EVENT_SIZE));
  event.setUint32(0, events, LITTLE);
  event.setUint32(EPOLL_DATA_OFFSET, token, LITTLE);
  checked(c.epollCtl(epoll, 1, fd, new Uint8Array(event.buffer)), 'epoll_ctl');
}

/**
 * Waits up to `timeout` milliseconds and calls `visit` for each descriptor that is ready, at most 256. EINTR counts as
 * timed out.
 * @returns how many were ready
 */
export function epollWait(epoll: number, timeout: number, visit: (token: number, events: number) => void): number {
  const ready = c.epollWait(epoll, new Uint8Array(epollEvents.buffer), 256, timeout);
  if (ready < 0) {
    if (koffi.errno() === EINTR) return 0;
    throw new SyscallError('epoll_wait', koffi.errno());
  }
  // Copied first: `visit` may call epollWait, which overwrites the events.
  const readyEvents = Array.from({ length: ready }, (_, i) => ({
    token: epollEvents.getUint32(i * EPOLL_EVENT_SIZE + EPOLL_DATA_OFFSET, LITTLE),
    events: epollEvents.getUint32(i * EPOLL_EVENT_SIZE, LITTLE),
  }));
  for (const { token, events } of readyEvents) visit(token, events);
  return ready;
}
