import { AF_INET, AF_INET6, AF_NETLINK, AF_UNIX, SOCK_DGRAM, SOCK_STREAM } from '../ffi/index.ts';
import {
  CLONE_NEWCGROUP,
  CLONE_NEWIPC,
  CLONE_NEWNET,
  CLONE_NEWNS,
  CLONE_NEWPID,
  CLONE_NEWUSER,
  CLONE_NEWUTS,
  IPPROTO_ICMP,
  IPPROTO_ICMPV6,
  IPPROTO_TCP,
  IPPROTO_UDP,
} from '../ffi/index.ts';
import { CapabilityError } from '../base/index.ts';

/*
 * A system call filter (seccomp(2), classic BPF). Calls that leave the sandbox's namespaces, or use the network below
 * its rules, fail as on a kernel without them. All others are allowed.
 */

/** AUDIT_ARCH_* of linux/audit.h. */
const AUDIT_ARCH: Readonly<Record<string, number>> = { x64: 0xc000003e, arm64: 0xc00000b7 };

/** System call numbers of x86-64 (asm/unistd_64.h) and of newer architectures (asm-generic/unistd.h). */
type Numbers = readonly [x64: number, arm64: number | undefined];

const SYS = {
  socket: [41, 198],
  clone: [56, 220],
  unshare: [272, 97],
  ioctl: [16, 29],
} as const satisfies Record<string, Numbers>;

const EPERM = 1;
const ENOSYS = 38;
const EPROTONOSUPPORT = 93;
const EAFNOSUPPORT = 97;

/** Calls that always fail. */
const REFUSED: Readonly<Record<string, Numbers>> = {
  // Access to other namespaces, and to other views of the file system.
  setns: [308, 268],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  fspick: [433, 433],
  mount_setattr: [442, 442],
  open_tree_attr: [467, 467],
  open_by_handle_at: [304, 265],
  // Access to other processes and their descriptors.
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  kcmp: [312, 272],
  pidfd_getfd: [438, 438],
  // Access to the kernel.
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  reboot: [169, 142],
  swapon: [167, 224],
  swapoff: [168, 225],
  acct: [163, 89],
  quotactl: [179, 60],
  quotactl_fd: [443, 443],
  fanotify_init: [300, 262],
  iopl: [172, undefined],
  ioperm: [173, undefined],
  syslog: [103, 116],
  vhangup: [153, 58],
  // Access to the user's keys (keyrings(7)).
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
};

/** Calls that fail with ENOSYS, so that programs fall back to others: a filter cannot see their arguments in memory. */
const ABSENT: Readonly<Record<string, Numbers>> = {
  clone3: [435, 435],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
};

const NEW_NAMESPACES =
  CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
/** For unshare only: in clone these bits are the signal. */
const CLONE_NEWTIME = 0x80;

/** Insert input into a terminal, as if its owner had typed it (tty_ioctl(4), ioctl_console(2)). */
const TIOCSTI = 0x5412;
const TIOCLINUX = 0x541c;

/** struct sock_filter of linux/filter.h. */
type Instruction = readonly [code: number, jumpTrue: number, jumpFalse: number, k: number];
type Code = readonly Instruction[];

// struct seccomp_data of linux/seccomp.h: the lower half of an argument comes first (little-endian) on the supported
// architectures.
const NR = 0;
const ARCH = 4;
const argument = (n: number): number => 16 + 8 * n;

const load = (offset: number): Code => [[0x20, 0, 0, offset]];
const mask = (bits: number): Code => [[0x54, 0, 0, bits]];
const returns = (value: number): Code => [[0x06, 0, 0, value]];
const when = (value: number, body: Code): Code => [[0x15, 0, body.length, value], ...body];
const unless = (value: number, body: Code): Code => [[0x15, body.length, 0, value], ...body];
const whenAtLeast = (value: number, body: Code): Code => [[0x35, 0, body.length, value], ...body];
const whenAny = (bits: number, body: Code): Code => [[0x45, 0, body.length, bits], ...body];

const ALLOW = returns(0x7fff0000);
const fails = (errno: number): Code => returns(0x00050000 | errno);

/** Fails for all sockets except TCP, UDP, ping and UNIX sockets, and rtnetlink for the own network namespace. */
const socketCall: Code = [
  ...load(argument(0)),
  ...when(AF_UNIX, ALLOW),
  ...when(AF_NETLINK, [...load(argument(2)), ...when(0, ALLOW), ...fails(EPROTONOSUPPORT)]),
  ...unless(AF_INET, unless(AF_INET6, fails(EAFNOSUPPORT))),
  ...load(argument(1)),
  ...mask(0xf),
  ...when(SOCK_STREAM, [
    ...load(argument(2)),
    ...[0, IPPROTO_TCP].flatMap((protocol) => when(protocol, ALLOW)),
    ...fails(EPROTONOSUPPORT),
  ]),
  ...when(SOCK_DGRAM, [
    ...load(argument(2)),
    ...[0, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6].flatMap((protocol) => when(protocol, ALLOW)),
    ...fails(EPROTONOSUPPORT),
  ]),
  ...fails(EPERM),
];

const ioctlCall: Code = [
  ...load(argument(1)),
  ...when(TIOCSTI, fails(EPERM)),
  ...when(TIOCLINUX, fails(EPERM)),
  ...ALLOW,
];

export interface FilterOptions {
  /** Allow unshare(2) of a user namespace and nothing else, for the stage that moves the command into one. */
  readonly userNamespace: boolean;
}

/**
 * The filter for an architecture, as an array of struct sock_filter. Programs of another one (i386 or x32 on x86-64)
 * can make no system call, and end.
 * @throws CapabilityError on an architecture without a table here
 */
export function filterProgram({ userNamespace }: FilterOptions, arch: string = process.arch): Uint8Array {
  const expected = AUDIT_ARCH[arch];
  if (expected === undefined)
    throw new CapabilityError(
      `a sandbox needs a system call filter, which is not implemented for ${arch}`,
      'use x64 or arm64',
    );
  const number = (numbers: Numbers): number | undefined => numbers[arch === 'x64' ? 0 : 1];
  const on = (numbers: Numbers, body: Code): Code => {
    const nr = number(numbers);
    return nr === undefined ? [] : when(nr, body);
  };
  const code: Code = [
    ...load(ARCH),
    ...unless(expected, fails(ENOSYS)),
    ...load(NR),
    // x32 has the same architecture number, and this bit in its call numbers.
    ...(arch === 'x64' ? whenAtLeast(0x40000000, fails(ENOSYS)) : []),
    ...Object.values(REFUSED).flatMap((numbers) => on(numbers, fails(EPERM))),
    ...Object.values(ABSENT).flatMap((numbers) => on(numbers, fails(ENOSYS))),
    ...on(SYS.clone, [...load(argument(0)), ...whenAny(NEW_NAMESPACES, fails(EPERM)), ...ALLOW]),
    ...on(SYS.unshare, [
      ...load(argument(0)),
      ...(userNamespace ? when(CLONE_NEWUSER, ALLOW) : []),
      ...whenAny(NEW_NAMESPACES | CLONE_NEWTIME, fails(EPERM)),
      ...ALLOW,
    ]),
    ...on(SYS.socket, socketCall),
    ...on(SYS.ioctl, ioctlCall),
    ...ALLOW,
  ];
  const bytes = new DataView(new ArrayBuffer(8 * code.length));
  code.forEach(([opcode, jumpTrue, jumpFalse, k], i) => {
    bytes.setUint16(8 * i, opcode, true);
    bytes.setUint8(8 * i + 2, jumpTrue);
    bytes.setUint8(8 * i + 3, jumpFalse);
    bytes.setUint32(8 * i + 4, k, true);
  });
  return new Uint8Array(bytes.buffer);
}
