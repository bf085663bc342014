import { constants } from 'node:os';
import { NetwrightError } from '../base/index.ts';

/** Errno values of Linux that os.constants.errno does not list. */
const UNLISTED = [
  ['ESTALE', 116],
  ['EXFULL', 54],
  ['ENOTUNIQ', 76],
  ['EREMOTEIO', 121],
  ['ENOTBLK', 15],
  ['EHOSTDOWN', 112],
  ['EPFNOSUPPORT', 96],
  ['EKEYREJECTED', 129],
  ['ERFKILL', 132],
] as const;

let names: ReadonlyMap<number, string> | undefined;

/** Returns the name of an errno value (`ENOENT`), or `errno 517` for one without a name. */
export function errnoName(errno: number): string {
  // Built at the first error: most commands have none.
  names ??= allNames();
  return names.get(errno) ?? `errno ${errno}`;
}

function allNames(): Map<number, string> {
  const byNumber = new Map<number, string>();
  const add = (name: string, number: number): void => {
    if (!byNumber.has(number)) byNumber.set(number, name);
  };
  // The first name of a number wins. Linux prints these, not EWOULDBLOCK and ENOTSUP.
  add('EAGAIN', 11);
  add('EOPNOTSUPP', 95);
  for (const [name, number] of Object.entries(constants.errno)) add(name, number);
  for (const [name, number] of UNLISTED) add(name, number);
  return byNumber;
}

const EXPLANATIONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EADDRINUSE: 'address already in use',
  EADDRNOTAVAIL: 'cannot assign requested address',
  EAFNOSUPPORT: 'address family not supported',
  EAGAIN: 'resource temporarily unavailable',
  EBUSY: 'device or resource busy',
  ECONNREFUSED: 'connection refused',
  EEXIST: 'already exists',
  EHOSTUNREACH: 'no route to host',
  EINVAL: 'invalid argument',
  EMFILE: 'too many open files in this process (see `ulimit -n`)',
  ENAMETOOLONG: 'name too long',
  ENETDOWN: 'network is down',
  ENETUNREACH: 'network is unreachable',
  ENFILE: 'too many open files in the system (see fs.file-max)',
  ENOBUFS: 'no buffer space',
  ENODEV: 'no such device',
  ENOENT: 'no such file or entry',
  ENOMEM: 'out of memory',
  ENOSPC: 'no space left, or a limit such as user.max_net_namespaces was reached',
  EOPNOTSUPP: 'not supported by this kernel, or a kernel module is missing',
  EPERM: 'not permitted; it needs root, or CAP_NET_ADMIN and CAP_SYS_ADMIN',
  ERANGE: 'out of range',
  EXFULL: 'no room for more, as in a bridge with 1,023 ports',
  EROFS: 'read-only file system',
  ESRCH: 'no such entry or process',
};

/** Returns an errno's name and explanation: `EPERM, not permitted; it needs root …`. */
export function explainErrno(errno: number): string {
  const name = errnoName(errno);
  const explanation = EXPLANATIONS[name];
  return explanation === undefined ? name : `${name}, ${explanation}`;
}

/** A system call that failed. */
export class SyscallError extends NetwrightError {
  /** The errno's name: `EPERM`. */
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(syscall: string, errno: number, subject = '') {
    super(`${syscall}${subject === '' ? '' : ` ${subject}`}: ${explainErrno(errno)}`);
    this.code = errnoName(errno);
    this.errno = errno;
    this.syscall = syscall;
  }
}
