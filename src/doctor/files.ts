import { accessSync, constants, existsSync } from 'node:fs';
import { libc, MS_NODEV, MS_NOEXEC, MS_NOSUID, MS_REC, MS_SLAVE, SyscallError } from '../ffi/index.ts';
import { NETNS_DIRECTORY, NETNS_ETC_DIRECTORY, RUN_DIRECTORY, withinMounts } from '../netns/index.ts';
import { isRoot, remedyFor } from '../proc/index.ts';
import { found, type Finding } from './finding.ts';
import { canReturnTo } from './return.ts';

/** Why `path`, or its nearest existing parent, cannot be written; undefined if it can. */
function unwritable(path: string): string | undefined {
  let at = path;
  while (!existsSync(at)) at = at.slice(0, at.lastIndexOf('/')) || '/';
  try {
    accessSync(at, constants.W_OK);
    return undefined;
  } catch (error) {
    return `${at}: ${(error as NodeJS.ErrnoException).code === 'EROFS' ? 'read-only file system' : 'no permission'}`;
  }
}

export function folders(): Finding[] {
  const run = {
    id: 'run-writable',
    title: `Folders ${NETNS_DIRECTORY} and ${RUN_DIRECTORY}`,
    needed: 'named namespaces, and data of labs',
  };
  const etc = {
    id: 'etc-writable',
    title: `Folder ${NETNS_ETC_DIRECTORY}`,
    needed: '/etc/hosts and /etc/resolv.conf of nodes',
  };
  const inRun = unwritable(NETNS_DIRECTORY) ?? unwritable(RUN_DIRECTORY);
  const inEtc = unwritable(NETNS_ETC_DIRECTORY);
  return [
    inRun === undefined ? found(run, 'ok', 'writable') : found(run, 'problem', inRun, fix('/run')),
    inEtc === undefined ? found(etc, 'ok', 'writable') : found(etc, 'problem', inEtc, fix('/etc')),
  ];
}

const fix = (folder: string): string => (isRoot() ? remedyFor(folder)! : 'run it with sudo');

/** Network sysctls. In a container their files are often read-only. */
export function settings(): Finding {
  const subject = {
    id: 'sysctl-writable',
    title: 'Settings in /proc/sys/net',
    needed: 'forwarding, rp_filter and other settings of nodes',
  };
  const reason = unwritable('/proc/sys/net/ipv4/conf/all/forwarding');
  if (reason === undefined) return found(subject, 'ok', 'writable');
  return found(subject, isRoot() ? 'problem' : 'unknown', reason, fix('/proc/sys'));
}

/** Tests a mount namespace with a tmpfs in it. Both are removed before this returns. */
export function mounts(): Finding {
  const subject = {
    id: 'mounts',
    title: 'Mount namespaces and tmpfs',
    needed: 'named namespaces, and separate files for programs in nodes',
  };
  if (!canReturnTo('mnt')) {
    return found(
      subject,
      'unknown',
      'not tested: this process could not return to its mount namespace',
      'run it with sudo',
    );
  }
  try {
    withinMounts(undefined, () => {
      // No mounts after this propagate to the parent namespace.
      libc.mount(null, '/', null, MS_REC | MS_SLAVE);
      libc.mount('netwright-doctor', '/run', 'tmpfs', MS_NOSUID | MS_NODEV | MS_NOEXEC, 'size=64k');
    });
    return found(subject, 'ok', 'tested: both work');
  } catch (error) {
    if (!(error instanceof SyscallError)) throw error;
    if (error.code === 'EPERM') {
      const root = isRoot();
      const fix = root
        ? 'a container needs --cap-add SYS_ADMIN and a seccomp and AppArmor profile that lets it mount'
        : 'run it with sudo';
      return found(subject, root ? 'problem' : 'unknown', error.message, fix);
    }
    const fix = error.code === 'ENOSPC' ? 'sysctl -w user.max_mnt_namespaces=16384' : undefined;
    return found(subject, 'problem', error.message, ...(fix === undefined ? [] : [fix]));
  }
}
