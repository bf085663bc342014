import type { NativeCall } from '../ffi/index.ts';
import { filterProgram, type FilterOptions } from './seccomp.ts';
import { lastCapability } from '../proc/index.ts';

/** The capabilities that a command keeps (capabilities(7)): those that builds and installers need. */
const KEPT = {
  CAP_CHOWN: 0,
  CAP_DAC_OVERRIDE: 1,
  CAP_FOWNER: 3,
  CAP_FSETID: 4,
  CAP_KILL: 5,
  CAP_SETGID: 6,
  CAP_SETUID: 7,
  CAP_NET_BIND_SERVICE: 10,
} as const;

/**
 * Without it the outer uid 0 cannot be mapped into a new user namespace (user_namespaces(7), since Linux 5.12). Inside
 * that namespace it gives no access to anything outside.
 */
const CAP_SETFCAP = 31;

// prctl(2)
const PR_SET_SECCOMP = 22;
const PR_CAPBSET_DROP = 24;
const PR_SET_NO_NEW_PRIVS = 38;
const PR_CAP_AMBIENT = 47;
const PR_CAP_AMBIENT_CLEAR_ALL = 4;
const SECCOMP_MODE_FILTER = 2;
const LINUX_CAPABILITY_VERSION_3 = 0x20080522;

const PRCTL = 'int prctl(int, unsigned long, unsigned long, unsigned long, unsigned long)';

/**
 * The calls that take from a thread, and from all its future children, the means to undo the sandbox. In this order.
 */
export function confinementCalls(options: FilterOptions): NativeCall[] {
  const last = lastCapability();
  const kept = new Set<number>([...Object.values(KEPT), ...(options.userNamespace ? [CAP_SETFCAP] : [])]);
  const dropped = Array.from({ length: last + 1 }, (_, capability) => capability).filter(
    (capability) => !kept.has(capability),
  );
  const filter = filterProgram(options);
  return [
    ...dropped.map((capability) =>
      prctl(`dropping capability ${capability} from the bounding set`, PR_CAPBSET_DROP, capability),
    ),
    prctl('clearing ambient capabilities', PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL),
    capset(kept),
    prctl('no_new_privs', PR_SET_NO_NEW_PRIVS, 1),
    {
      signature: 'int prctl(int, unsigned long, netwright_fprog *)',
      args: [PR_SET_SECCOMP, SECCOMP_MODE_FILTER, { len: filter.length / 8, filter }],
      syscall: 'prctl',
      subject: 'seccomp filter',
    },
  ];
}

const prctl = (subject: string, option: number, value: number): NativeCall => ({
  signature: PRCTL,
  args: [option, value, 0, 0, 0],
  syscall: 'prctl',
  subject,
});

function capset(kept: ReadonlySet<number>): NativeCall {
  const bits = [...kept].reduce((sum, capability) => (sum | (1 << capability)) >>> 0, 0);
  const header = new Uint32Array([LINUX_CAPABILITY_VERSION_3, 0]);
  // Effective, permitted and inheritable; the lower 32 of each, then the higher.
  const data = new Uint32Array([bits, bits, 0, 0, 0, 0]);
  return {
    signature: 'int capset(const void *, const void *)',
    args: [new Uint8Array(header.buffer), new Uint8Array(data.buffer)],
    syscall: 'capset',
  };
}
