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
