import { AF_INET, AF_INET6, IPPROTO_IPV6, libc, SOCK_CLOEXEC, SOCK_RAW } from '../ffi/index.ts';
import { LITTLE_ENDIAN } from '../wire/index.ts';

// linux/netfilter_ipv4/ip_tables.h; ip6_tables.h has the same numbers.
const SOL_IP = 0;
const IPPROTO_RAW = 255;
const IPT_SO_GET_INFO = 64;
const IPT_SO_GET_ENTRIES = 65;
/** struct ipt_getinfo: name[32], valid_hooks, hook_entry[5], underflow[5], num_entries, size. */
const INFO_SIZE = 84;
const UNDERFLOW_AT = 56;
const SIZE_AT = 80;
/** struct ipt_get_entries: name[32], size, padding, entries. */
const ENTRIES_AT = 40;
/** sizeof(struct ipt_entry), sizeof(struct ip6t_entry). */
const ENTRY_SIZE = { 4: 112, 6: 168 } as const;
/** sizeof(struct xt_entry_target), which the verdict of a standard target follows. */
const TARGET_SIZE = 32;
const NF_INET_FORWARD = 2;
/** -NF_DROP - 1. */
const DROP = -1;

/**
 * True if the FORWARD chain of legacy iptables (not iptables-nft) has the policy DROP and no rule of the filter table
 * contains `text`. The table must exist in the calling thread's namespace.
 * @throws SyscallError
 */
export function legacyForwardDrops(version: 4 | 6, text: string): boolean {
  const fd = libc.socket(version === 4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
  try {
    const level = version === 4 ? SOL_IP : IPPROTO_IPV6;
    const info = Buffer.alloc(INFO_SIZE);
    info.write('filter');
    libc.getsockoptInto(fd, level, IPT_SO_GET_INFO, info);
    const size = view(info).getUint32(SIZE_AT, LITTLE_ENDIAN);
    const entries = Buffer.alloc(ENTRIES_AT + size);
    entries.write('filter');
    view(entries).setUint32(32, size, LITTLE_ENDIAN);
    libc.getsockoptInto(fd, level, IPT_SO_GET_ENTRIES, entries);
    // The policy is the last rule of the chain, at its underflow offset.
    const policy = ENTRIES_AT + view(info).getUint32(UNDERFLOW_AT + 4 * NF_INET_FORWARD, LITTLE_ENDIAN);
    const verdict = view(entries).getInt32(policy + ENTRY_SIZE[version] + TARGET_SIZE, LITTLE_ENDIAN);
    return verdict === DROP && !entries.includes(text);
  } finally {
    libc.close(fd);
  }
}

const view = (bytes: Buffer): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
