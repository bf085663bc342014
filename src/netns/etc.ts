import { readdirSync, readlinkSync, statSync, symlinkSync, type Dirent, type Stats } from 'node:fs';
import { makeOwnFolder, PUBLIC_MODE, writeOwn } from '../base/index.ts';
import {
  libc,
  MS_BIND,
  MS_NODEV,
  MS_NOSUID,
  MS_RDONLY,
  MS_REC,
  MS_REMOUNT,
  O_CLOEXEC,
  O_PATH,
  SyscallError,
} from '../ffi/index.ts';

/**
 * Mounts each entry of a directory over the entry of the same name in /etc, in the mount namespace of this thread.
 * Files are also mounted where /etc has no such entry, a dangling link, or a directory: programs look for them there.
 */
export function mountOverEtc(folder: string): void {
  const names = namesIn(folder);
  const missing = names.filter((name) => isFile(`${folder}/${name}`) && !isFile(`/etc/${name}`));
  if (missing.length > 0) replaceEtc(missing);
  for (const name of names) {
    try {
      libc.mount(`${folder}/${name}`, `/etc/${name}`, null, MS_BIND);
    } catch (error) {
      // As `ip netns exec`: a directory that /etc does not have is skipped.
      if (!(error instanceof SyscallError && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))) throw error;
    }
  }
}

/** The names in a directory; empty if there is no such directory. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** stat(2) of a path, links followed; undefined if it does not exist. */
export function targetStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // A loop of links.
    return undefined;
  }
}

const isFile = (path: string): boolean => targetStat(path)?.isFile() === true;

/**
 * A file can be mounted only over a file, and no file may be created in the host's /etc. So a tmpfs is mounted over
 * /etc, with all its entries bound into it and empty files of the given names. It is read-only: new files in it would
 * be lost.
 */
function replaceEtc(names: readonly string[]): void {
  const entries = readdirSync('/etc', { withFileTypes: true });
  const etc = libc.open('/etc', O_PATH | O_CLOEXEC);
  try {
    libc.mount('netwright', '/etc', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755,size=1m');
    for (const entry of entries) if (!names.includes(entry.name)) bindEntry(entry, `/proc/thread-self/fd/${etc}`);
    for (const name of names) writeOwn(`/etc/${name}`, '', PUBLIC_MODE);
    libc.mount(null, '/etc', null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV);
  } finally {
    libc.close(etc);
  }
}

function bindEntry(entry: Dirent, etc: string): void {
  const [source, target] = [`${etc}/${entry.name}`, `/etc/${entry.name}`];
  if (entry.isSymbolicLink()) return symlinkSync(readlinkSync(source), target);
  if (entry.isDirectory()) makeOwnFolder(target);
  else writeOwn(target, '', PUBLIC_MODE);
  libc.mount(source, target, null, MS_BIND | MS_REC);
}
