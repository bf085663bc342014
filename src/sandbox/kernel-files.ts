import { lstatSync } from 'node:fs';
import { libc, MS_BIND, MS_NODEV, MS_NOEXEC, MS_NOSUID, type NativeCall } from '../ffi/index.ts';
import { reachableMounts, type Mounted } from '../proc/index.ts';

/*
 * What becomes in a sandbox of the file systems whose files are the kernel's objects: those of a namespace (processes,
 * interfaces, message queues, terminals) or of the whole machine. The sandbox has a mount of its own where it has such a
 * namespace of its own; all others are covered, wherever they are mounted. What is not listed holds files.
 */

/** Types of file systems, as /proc/filesystems has them. */
const KERNEL_TYPES = new Set(
  [
    // Of a PID, a network and an IPC namespace; of terminals.
    'proc sysfs nsfs pidfs rpc_pipefs nfsd mqueue devpts devtmpfs',
    // What bounds and traces processes, and what programs have left in the kernel for others.
    'cgroup cgroup2 cpuset resctrl debugfs tracefs bpf binder oprofilefs',
    // The machine's settings, its modules and what they serve.
    'configfs securityfs selinuxfs smackfs efivarfs pstore binfmt_misc fusectl ocfs2_dlmfs',
    // Its devices.
    'usbfs usbdevfs functionfs gadgetfs ipathfs ibmasmfs xenfs openpromfs spufs s390_hypfs',
  ].flatMap((types) => types.split(' ')),
);

/** Their usual places, which are seen to by themselves: mounted anew, guarded, or left as they are. */
const isSeenTo = ({ path, type }: Mounted): boolean =>
  /^\/(proc|sys)(\/|$)/.test(path) || path === '/dev/pts' || (path === '/dev' && type === 'devtmpfs');

const QUEUES = 'mqueue';

/** Over a single queue, bound somewhere as a file, nothing but a file can be mounted. */
const holdsQueues = ({ path, type }: Mounted): boolean => type === QUEUES && isFolder(path);

/** Covers those of the machine's in the mount namespace that this thread is in, but for folders of message queues. */
export function coverKernelFiles(): void {
  for (const mounted of reachableMounts(KERNEL_TYPES))
    if (!isSeenTo(mounted) && !holdsQueues(mounted)) cover(mounted.path);
}

/** Folders where the message queues of an IPC namespace are mounted. */
export const queueMounts = (): string[] =>
  reachableMounts(new Set([QUEUES]))
    .filter(holdsQueues)
    .map(({ path }) => path);

/** Calls that mount those of the IPC namespace that their thread is in over the machine's. */
export const mountOwnQueues = (paths: readonly string[]): NativeCall[] =>
  paths.map((path) => ({
    signature: 'int mount(const char *, const char *, const char *, unsigned long, const char *)',
    args: ['netwright', path, QUEUES, MS_NOSUID | MS_NODEV | MS_NOEXEC, null],
    syscall: 'mount',
    subject: path,
  }));

/** Puts an empty folder over a folder, and a file that leads nowhere over any other. */
export function cover(path: string): void {
  if (isFolder(path)) ownTmpfs(path, '0555');
  else libc.mount('/dev/null', path, null, MS_BIND);
}

export const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

export const ownTmpfs = (path: string, mode: string): void =>
  libc.mount('netwright', path, 'tmpfs', MS_NOSUID | MS_NODEV, `mode=${mode}`);
