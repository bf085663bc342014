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
import { changeTo, closeInherited } from './self.ts';
import { descriptorPath, programInPath, writeSysctl } from '../proc/index.ts';

/*
 * What a world needs to look like a machine that belongs to its user, arranged from within: folders to write to where
 * Netwright and `ip netns` keep things, a /sys that shows its own interfaces, and a loopback that is up.
 */

/**
 * Makes a world of new namespaces, and holds it for as long as this process lives, or goes on in it.
 * @returns the words to carry out
 */
export function setUp([then, directory, ...args]: readonly string[]): readonly string[] {
  arrangeWorld();
  if (then === 'hold') return holdWorld();
  changeTo(directory!);
  return args;
}

function arrangeWorld(): void {
  // Of the host's iptables: it belongs to root, and iptables does nothing without having it locked.
  makeWritable('/run', ['netns', 'netwright', 'xtables.lock']);
  makeWritable('/etc', ['netns']);
  for (const folder of [NETNS_DIRECTORY, RUN_DIRECTORY, NETNS_ETC_DIRECTORY]) makeOwnFolder(folder);
  showOwnInterfaces();
  raiseLoopback();
  setIpv6Up();
}

/** A folder that every machine has, and on which something may be mounted for a moment. */
const STAGE = '/sys';

/**
 * Puts a file system of ours in a folder's place, in which links lead to what was there before. What the host changes in
 * it later is changed here, too, but for names that are new.
 */
function makeWritable(folder: string, without: readonly string[]): void {
  libc.mount('netwright', STAGE, 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755');
  const before = `${STAGE}/${HOST_FOLDER}`;
  makeOwnFolder(before);
  // What of the host's is mounted in it may not be taken off: all of it comes along.
  libc.mount(folder, before, null, MS_BIND | MS_REC);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (without.includes(entry.name) || entry.name === HOST_FOLDER) continue;
    // A link may lead from its folder, as ../run/systemd/resolve/resolv.conf does: it is made again in the same place.
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
    // Where parts of /sys are hidden, as in containers, the kernel does not let them be shown by mounting it again.
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

/** Nobody sends router advertisements here, to which a machine that forwards would be deaf, and nobody else has our addresses. */
const IPV6_SETTINGS = { 'all.forwarding': '1', 'default.accept_dad': '0' };

function setIpv6Up(): void {
  for (const [name, value] of Object.entries(IPV6_SETTINGS)) {
    try {
      writeSysctl(`net.ipv6.conf.${name}`, value);
    } catch (error) {
      // A kernel without IPv6.
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

/** Seconds: 68 years, and as much as every sleep(1) takes. */
const FOREVER = '2147483647';

/** By this name it is listed, and not ended by `killall sleep`. */
const NAME = '/run/netwright-rootless';

/** Becomes the process that holds the world: nothing but asleep, with the world's file locked for whoever waits for its end. */
function holdWorld(): never {
  closeInherited();
  // Not close-on-exec.
  const life = libc.open(HOLDER_FILE, O_RDWR | O_CREAT, 0o644);
  libc.flock(life, LOCK_EX);
  libc.chdir('/');
  symlinkSync(programInPath('sleep')!, NAME);
  // Last: from here on it can be found.
  writeSync(life, String(process.pid));
  return libc.execvpe(NAME, ['sleep', FOREVER], []);
}
