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

/** The files that a command sees. */
export interface FileView {
  /** The text of the command's /etc/resolv.conf. */
  readonly resolvConf: string;
  /** Give it its own /tmp, /var/tmp and /dev, and make everything except `writable` read-only. */
  readonly strict: boolean;
  /** Give it its own /dev/shm, except for `writable` paths in it. */
  readonly ownShared: boolean;
  readonly writable: readonly string[];
  /** Paths of UNIX sockets to hide. */
  readonly sockets: Iterable<string>;
}

/** Directories with sockets of the host's services: the command gets empty ones. */
const RUN = '/run';
const HIDDEN = ['/var/run', '/tmp/.X11-unix', '/tmp/.ICE-unix'];
/** Shared memory by name: shm_open(3), sem_open(3). */
const SHARED = '/dev/shm';
const OWN = ['/tmp', '/var/tmp', SHARED];

/** The result of {@link mountView}. */
export interface MountedView {
  /** A descriptor of the mount namespace, which the caller closes. */
  readonly mounts: number;
  /** The directories where message queues are mounted. */
  readonly queues: readonly string[];
  /** The file of the host over which the command's /etc/resolv.conf is mounted, if any. */
  readonly resolver: string | undefined;
  /** True if the caller's terminal has a name in the mount namespace: {@link openTerminal}. */
  readonly terminal: boolean;
}

/**
 * Creates the mount namespace of a sandboxed command. The thread must be in the sandbox's network namespace.
 * @throws SyscallError; CapabilityError if the kernel cannot make everything read-only at once
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
        keepVisible(
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
 * Makes those parts of /proc that concern the whole host read-only, after the command's own /proc has been mounted: by
 * them root could change sysctls, or make the kernel start programs (core_pattern).
 */
export function guardProc(mounts: number): void {
  withinMounts(mounts, () => {
    for (const path of readdirSync('/proc')
      .filter(isGuarded)
      .map((name) => `/proc/${name}`)) {
      // Without the mounts below it (binfmt_misc).
      libc.mount(path, path, null, MS_BIND);
      readOnly(path);
    }
  });
}

/**
 * True for directories that are not a process's, and for writable files. Entries for the own process only are links.
 */
function isGuarded(name: string): boolean {
  if (/^\d+$/.test(name)) return false;
  const file = lstatSync(`/proc/${name}`, { throwIfNoEntry: false });
  return file?.isDirectory() === true || (file?.isFile() === true && (file.mode & 0o222) !== 0);
}

const readOnly = (path: string): void =>
  libc.mount(null, path, null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC);

/** The target of /etc/resolv.conf, links followed; undefined if it does not exist. */
function resolverFile(): string | undefined {
  const path = '/etc/resolv.conf';
  if (lstatSync(path, { throwIfNoEntry: false }) === undefined) return undefined;
  try {
    return realpathSync(path);
  } catch {
    // The target of the link does not exist.
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
 * Keeps the command's /etc/resolv.conf mounted over a file of the host as long as the command runs: when that file is
 * replaced (rename(2), as DHCP clients do), the kernel unmounts it in all mount namespaces.
 * @returns a function that stops this
 */
export function keepResolvConf(mounts: number, path: string): () => void {
  let watcher: FSWatcher;
  try {
    watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === basename(path)) mountAgain(mounts, path);
    });
  } catch {
    // The limit of watches is reached (fs.inotify.max_user_watches).
    return () => {};
  }
  watcher.on('error', () => watcher.close());
  return () => watcher.close();
}

function mountAgain(mounts: number, path: string): void {
  try {
    withinMounts(mounts, () => {
      const { dev, ino } = statSync(path);
      const own = statSync(RESOLV_CONF);
      if (dev !== own.dev || ino !== own.ino) libc.mount(RESOLV_CONF, path, null, MS_BIND);
    });
  } catch {
    // The file is being renamed, or the command, as root, has removed its own.
  }
}

/** Covers a socket with /dev/null. */
function hideSocket(path: string): void {
  if (lstatSync(path, { throwIfNoEntry: false })?.isSocket() !== true) return;
  libc.mount('/dev/null', path, null, MS_BIND);
}

function restrict(writable: readonly string[], terminal: HeldTerminal | undefined): void {
  // With the root directory among them, nothing would be read-only.
  const folders = writable.filter((path) => path !== '/');
  try {
    // Device files of disks or terminals can be anywhere.
    libc.mountSetattr('/', AT_RECURSIVE, MOUNT_ATTR_NODEV, 0);
    keepVisible(folders, () => {
      mountOwnDev(terminal);
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

/** Runs `hide`, which covers the parents of these directories, and mounts the directories at their places again. */
function keepVisible(folders: readonly string[], hide: () => void): void {
  // Parent directories first.
  const held = folders.toSorted((a, b) => a.length - b.length).map(openHeld);
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

/** A file that is about to be covered, held open to be mounted again. */
interface Held {
  readonly path: string;
  readonly fd: number;
}

const openHeld = (path: string): Held => ({ path, fd: libc.open(path, O_PATH | O_CLOEXEC) });

/** The devices that a command gets, as in containers: none of them gives access to the host. */
const DEVICES = ['null', 'zero', 'full', 'random', 'urandom', 'tty'].map((name) => `/dev/${name}`);

const LINKS = [
  ['ptmx', 'pts/ptmx'],
  ['fd', '/proc/self/fd'],
  ['stdin', '/proc/self/fd/0'],
  ['stdout', '/proc/self/fd/1'],
  ['stderr', '/proc/self/fd/2'],
] as const;

const allowDevice = (device: string): void => libc.mountSetattr(device, 0, 0, MOUNT_ATTR_NODEV);

/** Mounts a /dev without disks, memory and the like: root can open every device that has a name. */
function mountOwnDev(terminal: HeldTerminal | undefined): void {
  const devices = DEVICES.filter((path) => existsSync(path)).map(openHeld);
  try {
    libc.mount('netwright', '/dev', 'tmpfs', MS_NOSUID, 'mode=0755');
    makeOwnFolder(SHARED);
    for (const { path, fd } of devices) {
      writeOwn(path, '', PUBLIC_MODE);
      libc.mount(descriptorPath(fd), path, null, MS_BIND);
      allowDevice(path);
    }
    makeOwnFolder('/dev/pts');
    mountPseudoterminals();
    if (terminal !== undefined) {
      writeOwn('/dev/console', '', PUBLIC_MODE);
      mountConsole(terminal);
      allowDevice('/dev/console');
    }
  } finally {
    for (const { fd } of devices) libc.close(fd);
  }
  for (const [name, target] of LINKS) symlinkSync(target, `/dev/${name}`);
}

/** True if a path is on a file system that is mounted read-write: root can write anywhere on it. */
function isWritable(path: string): boolean {
  try {
    accessSync(path, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
