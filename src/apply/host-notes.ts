import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { AF_UNIX, libc, SO_NETNS_COOKIE, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET, SyscallError } from '../ffi/index.ts';
import { makeDirectory, namespaceInode, RUN_DIRECTORY } from '../netns/index.ts';

/*
 * What settings of the host were before labs changed them. The note outlives whatever may happen to a lab's link and to the
 * rules of the host (`nft flush ruleset`), and like the settings it is gone after a reboot. Each network namespace that labs
 * take for the host's has a file of its own.
 */

/** What was noted in this thread's network namespace, in that order: forwarding comes before what it changes. */
export function notedSettings(): ReadonlyMap<string, string> {
  const noted = new Map<string, string>();
  for (const line of textOf(notesPath()).split('\n')) {
    const [, key, value] = /^(net\.[^\s=]+)=(\d+)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !key.includes('//')) noted.set(key, value);
  }
  return noted;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  }
}

/** Writes all of it, or nothing. */
export function writeNotes(noted: ReadonlyMap<string, string>): void {
  makeDirectory(RUN_DIRECTORY);
  const path = notesPath();
  const text = [...noted].map(([key, value]) => `${key}=${value}\n`).join('');
  writeFileSync(`${path}.new`, text, { encoding: 'latin1', mode: 0o600 });
  renameSync(`${path}.new`, path);
}

export const forgetNotes = (): void => rmSync(notesPath(), { force: true });

/** The file for this thread's network namespace. Its name has a dot: no lab can be called so. */
export const notesPath = (): string => `${RUN_DIRECTORY}/host.${namespaceId()}.settings`;

/** A number that no other network namespace has, or had, since the machine was started. */
function namespaceId(): string {
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    const cookie = new BigUint64Array(1);
    libc.getsockoptInto(socket, SOL_SOCKET, SO_NETNS_COOKIE, new Uint8Array(cookie.buffer));
    return String(cookie[0]);
  } catch (error) {
    // Before Linux 5.14. The number of an inode may be given to another namespace later.
    if (!(error instanceof SyscallError && error.code === 'ENOPROTOOPT')) throw error;
    return String(namespaceInode('/proc/thread-self/ns/net'));
  } finally {
    libc.close(socket);
  }
}
