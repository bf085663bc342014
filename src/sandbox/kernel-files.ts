import { lstatSync } from 'node:fs';
import { libc, MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, type NativeCall } from '../ffi/index.ts';
import { reachableMounts, type Mounted } from '../proc/index.ts';

/*
 * File systems whose files are kernel objects: of a namespace (processes, interfaces, message queues, terminals) or of
 * the whole host. If the sandbox has its own namespace of that kind, it gets its own mount; all others are covered,
 * wherever they are mounted. File systems that are not listed contain ordinary files.
 */

/** File system types, as in /proc/filesystems. */
const KERNEL_TYPES = new Set(
  [
    // Of PID, network and IPC namespaces; of terminals.
    'proc sysfs nsfs pidfs rpc_pipefs nfsd mqueue devpts devtmpfs',
    // Limits and tracing of processes, and objects that programs have left in the kernel for others.
    'cgroup cgroup2 cpuset resctrl debugfs tracefs bpf binder oprofilefs',
    // Settings of the host, kernel modules and their interfaces.
    'configfs securityfs selinuxfs smackfs efivarfs pstore binfmt_misc fusectl ocfs2_dlmfs',
    // Devices of the host.
    'usbfs usbdevfs functionfs gadgetfs ipathfs ibmasmfs xenfs openpromfs spufs s390_hypfs',
  ].flatMap((types) => types.split(' ')),
);

/** Their usual mount points, which are handled separately: mounted again, made read-only, or left as they are. */
const isHandledSeparately = ({ path, type }: Mounted): boolean =>
  /^\/(proc|sys)(\/|$)/.test(path) || path === '/dev/pts' || (path === '/dev' && type === 'devtmpfs');

const QUEUES = 'mqueue';

/** True for a directory of message queues. A single queue that is bound as a file can only be covered by a file. */
const holdsQueues = ({ path, type }: Mounted): boolean => type === QUEUES && isFolder(path);

/** Covers the file systems of the host in the mount namespace of this thread, except directories of message queues. */
export function coverKernelFiles(): void {
  for (const mounted of reachableMounts(KERNEL_TYPES))
    if (!isHandledSeparately(mounted) && !holdsQueues(mounted)) cover(mounted.path);
}

/** The directories where message queues are mounted. */
export const queueMounts = (): string[] =>
  reachableMounts(new Set([QUEUES]))
    .filter(holdsQueues)
    .map(({ path }) => path);

/** Calls that mount the message queues of the thread's IPC namespace over those of the host. */
export const mountOwnQueues = (paths: readonly string[]): NativeCall[] =>
  paths.map((path) => ({
    signature: 'int mount(const char *, const char *, const char *, unsigned long, const char *)',
    args: ['netwright', path, QUEUES, MS_NOSUID | MS_NODEV | MS_NOEXEC, null],
    syscall: 'mount',
    subject: path,
  }));

/** Covers a directory with an empty directory, and anything else with /dev/null. */
export function cover(path: string): void {
  if (isFolder(path)) ownTmpfs(path, '0555');
  else libc.mount('/dev/null', path, null, MS_BIND);
}

export const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

export const ownTmpfs = (path: string, mode: string): void =>
  libc.mount('netwright', path, 'tmpfs', MS_NOSUID | MS_NODEV, `mode=${mode}`);
