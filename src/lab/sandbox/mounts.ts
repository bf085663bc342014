import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname, resolve } from 'node:path';
import { CapabilityError } from '../../base/error.ts';
import { makeOwnFolder, PUBLIC_MODE, writeOwn } from '../../base/own-files.ts';
import {
  AT_RECURSIVE,
  libc,
  MOUNT_ATTR_RDONLY,
  MS_BIND,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  O_CLOEXEC,
  O_PATH,
  O_RDONLY,
  SyscallError,
} from '../../ffi/index.ts';
import { arrangeMounts, withinMounts } from '../../netns/index.ts';

export interface View {
  /** What the command's /etc/resolv.conf says. */
  readonly resolvConf: string;
  /** Own /tmp, /var/tmp and /dev, and everything but `writable` read-only. */
  readonly strict: boolean;
  readonly writable: readonly string[];
  /** Paths of sockets to hide. */
  readonly sockets: Iterable<string>;
}

/** Folders in which a machine's services listen: the command has empty ones. */
const RUN = '/run';
const HIDDEN = ['/var/run', '/tmp/.X11-unix', '/tmp/.ICE-unix'];
const OWN = ['/tmp', '/var/tmp', '/dev/shm'];
/** Parts of /proc through which root changes the whole machine, or has it start programs (core_pattern). */
const GUARDED = ['sys', 'sysrq-trigger', 'irq', 'bus', 'fs', 'acpi', 'scsi'].map((name) => `/proc/${name}`);

/**
 * Makes a mount namespace with what a sandboxed command is to see of the files. The thread must be in the sandbox's
 * network namespace.
 * @returns a descriptor of it, the caller's to close
 * @throws SyscallError; CapabilityError where the kernel cannot make everything read-only at once
 */
export function makeView(namespace: string, view: View): number {
  return withinMounts(undefined, () => {
    const resolver = resolverFile();
    arrangeMounts(namespace);
    readOnly('/sys');
    for (const folder of kernelFolders()) if (isFolder(folder)) ownTmpfs(folder, '0555');
    ownTmpfs(RUN, '0755');
    for (const folder of HIDDEN) if (isFolder(folder)) ownTmpfs(folder, '0755');
    if (resolver !== undefined) putResolvConf(resolver, view.resolvConf);
    for (const socket of view.sockets) hideSocket(socket);
    if (view.strict) restrict(view.writable);
    return libc.open('/proc/thread-self/ns/mnt', O_RDONLY | O_CLOEXEC);
  });
}

/** Makes what of /proc concerns the whole machine read-only, once /proc is the one that the command will see. */
export function guardProc(mounts: number): void {
  withinMounts(mounts, () => {
    for (const path of GUARDED) {
      if (!existsSync(path)) continue;
      libc.mount(path, path, null, MS_BIND);
      readOnly(path);
    }
  });
}

/** File systems through which root changes the whole machine. Their usual places are seen to; they may have others. */
const KERNEL_TYPES = new Set('proc sysfs cgroup cgroup2 debugfs tracefs configfs securityfs efivarfs bpf'.split(' '));

/** Where else those are mounted, as in the folder of a chroot: proc_pid_mountinfo(5). */
function kernelFolders(): string[] {
  return readFileSync('/proc/thread-self/mountinfo', 'utf8')
    .split('\n')
    .flatMap((line) => {
      const [mount = '', type = ''] = line.split(' - ');
      const path = (mount.split(' ')[4] ?? '').replaceAll(/\\([0-7]{3})/g, (_, code: string) =>
        String.fromCharCode(Number.parseInt(code, 8)),
      );
      return KERNEL_TYPES.has(type.split(' ')[0]!) && !/^\/(proc|sys)(\/|$)/.test(path) ? [path] : [];
    });
}

const isFolder = (path: string): boolean => lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

const readOnly = (path: string): void =>
  libc.mount(null, path, null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

const ownTmpfs = (path: string, mode: string): void =>
  libc.mount('netwright', path, 'tmpfs', MS_NOSUID | MS_NODEV, `mode=${mode}`);

/** The file that /etc/resolv.conf is, followed through links; undefined when there is none. */
function resolverFile(): string | undefined {
  const path = '/etc/resolv.conf';
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return realpathSync(path);
  } catch {
    // A link to a file that is not there.
    return resolve('/etc', readlinkSync(path));
  }
}

function putResolvConf(path: string, text: string): void {
  if (path.startsWith(`${RUN}/`)) {
    makeOwnFolder(dirname(path));
    writeOwn(path, text, PUBLIC_MODE);
    return;
  }
  if (!existsSync(path)) return;
  const source = `${RUN}/resolv.conf`;
  writeOwn(source, text, PUBLIC_MODE);
  libc.mount(source, path, null, MS_BIND);
}

/** Puts a file that is no socket over one. */
function hideSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  libc.mount('/dev/null', path, null, MS_BIND);
}

function restrict(writable: readonly string[]): void {
  const devices = DEVICES.filter((path) => existsSync(path)).map(hold);
  // Folders before what is in them. The root is none to be written in: then nothing is kept from it.
  const kept = writable
    .filter((path) => path !== '/')
    .toSorted((a, b) => a.length - b.length)
    .map(hold);
  try {
    ownDev(devices);
    for (const path of OWN) if (isFolder(path)) ownTmpfs(path, '1777');
    for (const { path, fd } of kept) {
      if (!existsSync(path)) makeOwnFolder(path);
      libc.mount(`/proc/self/fd/${fd}`, path, null, MS_BIND | MS_REC);
    }
    const open = ['/proc', RUN, ...OWN.filter(isFolder), ...kept.map(({ path }) => path)].filter(isWritable);
    libc.mountSetattr('/', AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0);
    for (const path of open) libc.mountSetattr(path, path === '/proc' ? 0 : AT_RECURSIVE, 0, MOUNT_ATTR_RDONLY);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOSYS')
      throw new CapabilityError(
        'isolating mnt needs mount_setattr, which this kernel lacks',
        'use Linux 5.12 or newer, or leave mnt out of --isolate',
        { cause: error },
      );
    throw error;
  } finally {
    for (const { fd } of [...devices, ...kept]) libc.close(fd);
  }
}

/** Something that is about to be hidden, and put back elsewhere. */
interface Held {
  readonly path: string;
  readonly fd: number;
}

const hold = (path: string): Held => ({ path, fd: libc.open(path, O_PATH | O_CLOEXEC) });

/** What of /dev is no way into the machine, as in containers. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty', 'pts'].map((name) => `/dev/${name}`);

const LINKS = [
  ['ptmx', 'pts/ptmx'],
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
] as const;

/** A /dev without disks, memory and the like: root may open whatever has a name there. */
function ownDev(devices: readonly Held[]): void {
  libc.mount('netwright', '/dev', 'tmpfs', MS_NOSUID, 'mode=0755');
  mkdirSync('/dev/shm');
  for (const { path, fd } of devices) {
    if (path === '/dev/pts') mkdirSync(path);
    else writeFileSync(path, '');
    libc.mount(`/proc/self/fd/${fd}`, path, null, MS_BIND);
  }
  for (const [name, target] of LINKS) symlinkSync(target, `/dev/${name}`);
}

/** Whether a path is on a file system that is mounted for writing: root may write wherever it is. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
