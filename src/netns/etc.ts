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
 * Puts what is in a folder in the place of what has the same name in /etc, in the mount namespace that this thread is in. A
 * file takes its place where /etc has none, too, or a link that leads nowhere, or a folder: programs would look for it there.
 */
export function mountOverEtc(folder: string): void {
  const names = namesIn(folder);
  const lacking = names.filter((name) => isFile(`${folder}/${name}`) && !isFile(`/etc/${name}`));
  if (lacking.length > 0) makePlace(lacking);
  for (const name of names) {
    try {
      libc.mount(`${folder}/${name}`, `/etc/${name}`, null, MS_BIND);
    } catch (error) {
      // As `ip netns exec`: a folder that /etc does not have cannot be stood in for.
      if (!(error instanceof SyscallError && (error.code === 'ENOENT' || error.code === 'ENOTDIR'))) throw error;
    }
  }
}

/** The names in a folder; none when there is no such folder. */
export function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** What a path leads to; undefined where it leads nowhere. */
export function targetStat(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    // Links that lead to each other.
    return undefined;
  }
}

const isFile = (path: string): boolean => targetStat(path)?.isFile() === true;

/**
 * A file can be mounted over a file alone, and none is to be made in the machine's /etc. So a file system of ours takes its
 * place, in which everything of it is mounted, and files of those names are. It is read-only: what is new in it would be lost.
 */
function makePlace(names: readonly string[]): void {
  const entries = readdirSync('/etc', { withFileTypes: true });
  const etc = libc.open('/etc', O_PATH | O_CLOEXEC);
  try {
    libc.mount('netwright', '/etc', 'tmpfs', MS_NOSUID | MS_NODEV, 'mode=0755,size=1m');
    for (const entry of entries) if (!names.includes(entry.name)) show(entry, `/proc/thread-self/fd/${etc}`);
    for (const name of names) writeOwn(`/etc/${name}`, '', PUBLIC_MODE);
    libc.mount(null, '/etc', null, MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NODEV);
  } finally {
    libc.close(etc);
  }
}

function show(entry: Dirent, before: string): void {
  const [source, target] = [`${before}/${entry.name}`, `/etc/${entry.name}`];
  if (entry.isSymbolicLink()) return symlinkSync(readlinkSync(source), target);
  if (entry.isDirectory()) makeOwnFolder(target);
  else writeOwn(target, '', PUBLIC_MODE);
  libc.mount(source, target, null, MS_BIND | MS_REC);
}
