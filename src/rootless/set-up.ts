import { readdirSync, readlinkSync, symlinkSync, writeSync } from 'node:fs';
import {
  libc,
  LOCK_EX,
  MS_BIND,
  MS_MOVE,
  MS_NODEV,
  MS_NOEXEC,
  MS_NOSUID,
  MS_REC,
  O_CLOEXEC,
  O_CREAT,
  O_RDONLY,
  O_RDWR,
  SyscallError,
} from '../ffi/index.ts';
import { makeOwnFolder } from '../base/index.ts';
import { HOST_FOLDER, HOLDER_FILE } from './inside.ts';
import { NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, RUN_DIRECTORY } from '../netns/index.ts';
import { IFF_UP, linkMessage, RTM_NEWLINK, type LinkRequest } from '../rtnetlink/index.ts';
import { changeDirectory, closeInherited } from './self.ts';
import { descriptorPath, programInPath, writeSysctl } from '../proc/index.ts';

/*
 * Sets up the namespaces from inside, so that they look like a host that belongs to the user: writable directories
 * where Netwright and `ip netns` keep files, a /sys that shows the interfaces of this network namespace, and a loopback
 * that is up.
 */

/**
 * Sets up new namespaces. Then holds them as long as this process lives (`hold`), or returns.
 * @returns the command line to run
 */
export function setUp([then, directory, ...args]: readonly string[]): readonly string[] {
  arrangeNamespaces();
  if (then === 'hold') return holdNamespaces();
  changeDirectory(directory!);
  return args;
}

function arrangeNamespaces(): void {
  // xtables.lock of the host belongs to root, and iptables does nothing unless it can lock it.
  makeWritable('/run', ['netns', 'netwright', 'xtables.lock']);
  makeWritable('/etc', ['netns']);
  for (const folder of [NETNS_DIRECTORY, RUN_DIRECTORY, NETNS_ETC_DIRECTORY]) makeOwnFolder(folder);
  showOwnInterfaces();
  raiseLoopback();
  setIpv6Up();
}

/** A directory that exists on every host. Something is mounted on it for a moment. */
const STAGE = '/sys';

/**
 * Mounts a tmpfs over a directory, with symbolic links to everything that was there. Later changes of the host to
 * existing entries are visible; new entries are not.
 */
function makeWritable(folder: string, without: readonly string[]): void {
  libc.mount('netwright', STAGE, 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755');
  const previous = `${STAGE}/${HOST_FOLDER}`;
  makeOwnFolder(previous);
  // Mounts of the host below it cannot be unmounted here: all of them are bound as well.
  libc.mount(folder, previous, null, MS_BIND | MS_REC);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (without.includes(entry.name) || entry.name === HOST_FOLDER) continue;
    // A link can be relative, as ../run/systemd/resolve/resolv.conf is: it is copied to the same place.
    const link = entry.isSymbolicLink() ? readlinkSync(`${folder}/${entry.name}`) : undefined;
    symlinkSync(link ?? `${HOST_FOLDER}/${entry.name}`, `${STAGE}/${entry.name}`);
  }
  libc.mount(STAGE, folder, null, MS_MOVE);
}

function showOwnInterfaces(): void {
  const cgroups = openFolder('/sys/fs/cgroup');
  try {
    libc.mount('netwright', '/sys', 'sysfs', MS_NOSUID | MS_NODEV | MS_NOEXEC);
  } catch (error) {
    // Where parts of /sys are hidden, as in containers, the kernel does not allow a new mount that would show them.
    if (error instanceof SyscallError && error.code === 'EPERM') return;
    throw error;
  }
  if (cgroups === undefined) return;
  libc.mount(descriptorPath(cgroups), '/sys/fs/cgroup', null, MS_BIND | MS_REC);
  libc.close(cgroups);
}

function openFolder(path: string): number | undefined {
  try {
    return libc.open(path, O_RDONLY | O_CLOEXEC);
  } catch (error) {
    if (error instanceof SyscallError && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

const LOOPBACK = 1;

function raiseLoopback(): void {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  const batch = socket.batch();
  const request: LinkRequest = { family: 0, type: 0, index: LOOPBACK, flags: IFF_UP, change: IFF_UP };
  batch.add<LinkRequest>(RTM_NEWLINK, 0, linkMessage, request, 'set the loopback up');
  batch.send();
}

/** No router advertisements are sent here, which a forwarding host would ignore; and no address can be a duplicate. */
const IPV6_SETTINGS = { 'all.forwarding': '1', 'default.accept_dad': '0' };

function setIpv6Up(): void {
  for (const [name, value] of Object.entries(IPV6_SETTINGS)) {
    try {
      writeSysctl(`net.ipv6.conf.${name}`, value);
    } catch (error) {
      // The kernel has no IPv6.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Seconds: 68 years, the maximum that every sleep(1) accepts. */
const FOREVER = '2147483647';

/** The name of the holder in process lists: `killall sleep` does not match it. */
const NAME = '/run/netwright-hold';

/** Becomes the holder: sleep(1) with the holder file locked, so that others can wait for its end. */
function holdNamespaces(): never {
  closeInherited();
  // Not close-on-exec.
  const holderFile = libc.open(HOLDER_FILE, O_RDWR | O_CREAT, 0o644);
  libc.flock(holderFile, LOCK_EX);
  libc.chdir('/');
  symlinkSync(programInPath('sleep')!, NAME);
  // Last: from here on the namespace can be found.
  writeSync(holderFile, String(process.pid));
  return libc.execvpe(NAME, ['sleep', FOREVER], []);
}
