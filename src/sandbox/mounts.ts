import {
  accessSync,
  constants,
  existsSync,
  lstatSync,
  readdirSync,
  readlinkSync,
  realpathSync,
  statSync,
  symlinkSync,
  watch,
  type FSWatcher,
} from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { CapabilityError, makeOwnFolder, PUBLIC_MODE, writeOwn } from '../base/index.ts';
import {
  AT_RECURSIVE,
  libc,
  MOUNT_ATTR_NODEV,
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
} from '../ffi/index.ts';
import { arrangeMounts, withinMounts } from '../netns/index.ts';
import { coverKernelFiles, isFolder, ownTmpfs, queueMounts } from './kernel-files.ts';
import { coverTerminals, mountConsole, holdTerminal, mountPseudoterminals, type HeldTerminal } from './terminals.ts';
import { descriptorPath, namespaceFile } from '../proc/index.ts';

export interface FileView {
  /** What the command's /etc/resolv.conf says. */
  readonly resolvConf: string;
  /** Own /tmp, /var/tmp and /dev, and everything but `writable` read-only. */
  readonly strict: boolean;
  /** Own /dev/shm, but for `writable` in it. */
  readonly ownShared: boolean;
  readonly writable: readonly string[];
  /** Paths of sockets to hide. */
  readonly sockets: Iterable<string>;
}

/** Folders in which a machine's services listen: the command has empty ones. */
const RUN = '/run';
const HIDDEN = ['/var/run', '/tmp/.X11-unix', '/tmp/.ICE-unix'];
/** Memory that processes share by name: shm_open(3), sem_open(3). */
const SHARED = '/dev/shm';
const OWN = ['/tmp', '/var/tmp', SHARED];

export interface MountedView {
  /** A descriptor of the mount namespace, the caller's to close. */
  readonly mounts: number;
  /** Where message queues are mounted. */
  readonly queues: readonly string[];
  /** The file of the machine's that the command's /etc/resolv.conf is mounted over, if it is. */
  readonly resolver: string | undefined;
  /** Whether the caller's terminal has a name in it: {@link openTerminal}. */
  readonly terminal: boolean;
}

/**
 * Makes a mount namespace with what a sandboxed command is to see of the files. The thread must be in the sandbox's
 * network namespace.
 * @throws SyscallError; CapabilityError where the kernel cannot make everything read-only at once
 */
export function mountView(namespace: string, view: FileView): MountedView {
  return withinMounts(undefined, () => {
    const resolver = resolverFile();
    const terminal = holdTerminal();
    try {
      arrangeMounts(namespace);
      readOnly('/sys');
      ownTmpfs(RUN, '0755');
      for (const folder of HIDDEN) if (isFolder(folder)) ownTmpfs(folder, '0755');
      coverKernelFiles();
      if (!view.strict) coverTerminals(terminal);
      if (resolver !== undefined) putResolvConf(resolver, view.resolvConf);
      for (const socket of view.sockets) hideSocket(socket);
      if (view.strict) restrict(view.writable, terminal);
      else if (view.ownShared && isFolder(SHARED))
        keeping(
          view.writable.filter((path) => path.startsWith(`${SHARED}/`)),
          () => ownTmpfs(SHARED, '1777'),
        );
      const mounts = libc.open(namespaceFile('thread-self', 'mnt'), O_RDONLY | O_CLOEXEC);
      const covered = resolver !== undefined && !isInRun(resolver) && existsSync(resolver) ? resolver : undefined;
      return { mounts, queues: queueMounts(), resolver: covered, terminal: terminal !== undefined };
    } finally {
      if (terminal !== undefined) libc.close(terminal.fd);
    }
  });
}

/**
 * Makes what of /proc concerns the whole machine read-only, once /proc is the one that the command will see: through it root
 * changes settings, or has the kernel start programs (core_pattern).
 */
export function guardProc(mounts: number): void {
  withinMounts(mounts, () => {
    for (const path of readdirSync('/proc')
      .filter(isGuarded)
      .map((name) => `/proc/${name}`)) {
      // Without what is mounted below it (binfmt_misc).
      libc.mount(path, path, null, MS_BIND);
      readOnly(path);
    }
  });
}

/** Folders that are no process's, and files that somebody may write. What is of one process alone are links there. */
function isGuarded(name: string): boolean {
  if (/^\d+$/.test(name)) return false;
  const file = lstatSync(`/proc/${name}`, { throwIfNoEntry: false });
  return file?.isDirectory() === true || (file?.isFile() === true && (file.mode & 0o222) !== 0);
}

const readOnly = (path: string): void =>
  libc.mount(null, path, null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

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
  if (isInRun(path)) {
    makeOwnFolder(dirname(path));
    writeOwn(path, text, PUBLIC_MODE);
    return;
  }
  if (!existsSync(path)) return;
  writeOwn(RESOLV_CONF, text, PUBLIC_MODE);
  libc.mount(RESOLV_CONF, path, null, MS_BIND);
}

const isInRun = (path: string): boolean => path.startsWith(`${RUN}/`);
const RESOLV_CONF = `${RUN}/resolv.conf`;

/**
 * Has the command's /etc/resolv.conf over a file of the machine's for as long as it runs: when another takes that one's
 * place (rename(2), as DHCP clients do) the kernel takes off what was mounted over it, in every mount namespace.
 * @returns stops
 */
export function keepResolvConf(mounts: number, path: string): () => void {
  let watcher: FSWatcher;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === basename(path)) putBack(mounts, path);
    });
  } catch {
    // There are no more watches to be had (fs.inotify.max_user_watches).
    return () => {};
  }
  watcher.on('error', () => watcher.close());
  return () => watcher.close();
}

function putBack(mounts: number, path: string): void {
  try {
    withinMounts(mounts, () => {
      const { dev, ino } = statSync(path);
      const own = statSync(RESOLV_CONF);
      if (dev !== own.dev || ino !== own.ino) libc.mount(RESOLV_CONF, path, null, MS_BIND);
    });
  } catch {
    // It is between two names, or the command, as root, has removed its own.
  }
}

/** Puts a file that is no socket over one. */
function hideSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  libc.mount('/dev/null', path, null, MS_BIND);
}

function restrict(writable: readonly string[], terminal: HeldTerminal | undefined): void {
  // With the root among them nothing would be read-only.
  const folders = writable.filter((path) => path !== '/');
  try {
    // A file for a disk or a terminal may be anywhere.
    libc.mountSetattr('/', AT_RECURSIVE, MOUNT_ATTR_NODEV, 0);
    keeping(folders, () => {
      ownDev(terminal);
      for (const path of OWN) if (isFolder(path)) ownTmpfs(path, '1777');
    });
    const open = ['/proc', '/dev/pts', RUN, ...OWN.filter(isFolder), ...folders].filter(isWritable);
    libc.mountSetattr('/', AT_RECURSIVE, MOUNT_ATTR_RDONLY, 0);
    for (const path of open) libc.mountSetattr(path, path === '/proc' ? 0 : AT_RECURSIVE, 0, MOUNT_ATTR_RDONLY);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOSYS')
      throw new CapabilityError(
        '--isolate mnt needs mount_setattr, which this kernel lacks',
        'use Linux 5.12 or newer, or omit mnt from --isolate',
        { cause: error },
      );
    throw error;
  }
}

/** Runs `hide`, which mounts over what these folders are in, and mounts them where they were. */
function keeping(folders: readonly string[], hide: () => void): void {
  // Folders before what is in them.
  const held = folders.toSorted((a, b) => a.length - b.length).map(hold);
  try {
    hide();
    for (const { path, fd } of held) {
      if (!existsSync(path)) makeOwnFolder(path);
      libc.mount(descriptorPath(fd), path, null, MS_BIND | MS_REC);
    }
  } finally {
    for (const { fd } of held) libc.close(fd);
  }
}

/** Something that is about to be hidden, and put back elsewhere. */
interface Held {
  readonly path: string;
  readonly fd: number;
}

const hold = (path: string): Held => ({ path, fd: libc.open(path, O_PATH | O_CLOEXEC) });

/** The devices that a command has, as in containers: through them it reaches nothing of the machine. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);

const LINKS = [
  ['ptmx', 'pts/ptmx'],
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
] as const;

const usable = (device: string): void => libc.mountSetattr(device, 0, 0, MOUNT_ATTR_NODEV);

/** A /dev without disks, memory and the like: root may open whatever has a name there. */
function ownDev(terminal: HeldTerminal | undefined): void {
  const devices = DEVICES.filter((path) => existsSync(path)).map(hold);
  try {
    libc.mount('netwright', '/dev', 'tmpfs', MS_NOSUID, 'mode=0755');
    makeOwnFolder(SHARED);
    for (const { path, fd } of devices) {
      writeOwn(path, '', PUBLIC_MODE);
      libc.mount(descriptorPath(fd), path, null, MS_BIND);
      usable(path);
    }
    makeOwnFolder('/dev/pts');
    mountPseudoterminals();
    if (terminal !== undefined) {
      writeOwn('/dev/console', '', PUBLIC_MODE);
      mountConsole(terminal);
      usable('/dev/console');
    }
  } finally {
    for (const { fd } of devices) libc.close(fd);
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
