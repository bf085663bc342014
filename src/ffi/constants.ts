// Numbers of the Linux ABI that are the same on every architecture Node runs on, named as in the uapi headers.

export const AF_UNSPEC = 0;
export const AF_UNIX = 1;
export const AF_INET = 2;
export const AF_INET6 = 10;
export const AF_NETLINK = 16;
export const AF_BRIDGE = 7;
export const AF_PACKET = 17;

export const SOCK_STREAM = 1;
export const SOCK_DGRAM = 2;
export const SOCK_RAW = 3;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;

export const IPPROTO_ICMP = 1;
export const IPPROTO_TCP = 6;
export const IPPROTO_UDP = 17;
export const IPPROTO_IPV6 = 41;
export const IPPROTO_ICMPV6 = 58;

export const SOL_SOCKET = 1;
export const SO_REUSEADDR = 2;
export const SO_ERROR = 4;
export const SO_SNDBUF = 7;
export const SO_RCVBUF = 8;
export const SO_LINGER = 13;
export const SO_NETNS_COOKIE = 71;
export const SO_SNDBUFFORCE = 32;
export const SO_RCVBUFFORCE = 33;

/** Level and option of the filter of message types on a raw ICMP socket (linux/icmp.h, raw(7)). */
export const SOL_RAW = 255;
export const ICMP_FILTER = 1;
/** Level IPPROTO_ICMPV6: the same for ICMPv6 (RFC 3542, section 3.2). */
export const ICMP6_FILTER = 1;
/** Level IPPROTO_IPV6: do not accept IPv4-mapped addresses (ipv6(7)). */
export const IPV6_V6ONLY = 26;
/** Level and option of a packet socket: struct tpacket_stats, packets received and dropped (linux/if_packet.h). */
export const SOL_PACKET = 263;
export const PACKET_STATISTICS = 6;
/** Level IPPROTO_TCP: struct tcp_info (linux/tcp.h). */
export const TCP_INFO = 11;

export const MSG_PEEK = 0x02;
export const MSG_TRUNC = 0x20;
export const MSG_DONTWAIT = 0x40;

export const CLONE_FS = 0x200;
export const CLONE_NEWNS = 0x20000;
export const CLONE_NEWCGROUP = 0x2000000;
export const CLONE_NEWUTS = 0x4000000;
export const CLONE_NEWIPC = 0x8000000;
export const CLONE_NEWUSER = 0x10000000;
export const CLONE_NEWPID = 0x20000000;
export const CLONE_NEWNET = 0x40000000;

export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_RDWR = 2;
export const O_ACCMODE = 3;
export const O_NOCTTY = 0o400;
export const O_NONBLOCK = 0o4000;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
/** Means the working directory, where a system call takes the descriptor of a directory (openat(2)). */
export const AT_FDCWD = -100;

export const MS_RDONLY = 0x1;
export const MS_NOSUID = 0x2;
export const MS_NODEV = 0x4;
export const MS_NOEXEC = 0x8;
export const MS_REMOUNT = 0x20;
export const MS_BIND = 0x1000;
export const MS_MOVE = 0x2000;
export const MS_REC = 0x4000;
export const MS_SLAVE = 0x80000;
export const MS_SHARED = 0x100000;

export const MNT_DETACH = 2;

/** For mount_setattr(2). */
export const AT_RECURSIVE = 0x8000;
export const MOUNT_ATTR_RDONLY = 0x1;
export const MOUNT_ATTR_NODEV = 0x4;

/** ioctl(2) that returns a descriptor of a socket's network namespace (linux/sockios.h). */
export const SIOCGSKNS = 0x894c;

export const LOCK_SH = 1;
export const LOCK_EX = 2;
export const LOCK_NB = 4;
export const LOCK_UN = 8;

export const SIGPIPE = 13;
export const SIGXFSZ = 25;

export const POLLIN = 0x001;
export const POLLOUT = 0x004;

export const EPOLLIN = 0x001;
export const EPOLLOUT = 0x004;

export const ENOENT = 2;
export const ENODEV = 19;
