import { rmSync } from 'node:fs';
import { NotOwnFileError, OWNER_MODE, readOwn, replaceOwn } from '../base/index.ts';
import { AF_UNIX, libc, SO_NETNS_COOKIE, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET, SyscallError } from '../ffi/index.ts';
import { makeDirectory, namespaceInode, RUN_DIRECTORY } from '../netns/index.ts';
import { namespaceFile } from '../proc/index.ts';

/*
 * What settings of the host were before labs changed them. The note outlives whatever may happen to a lab's link and to the
 * rules of the host (`nft flush ruleset`), and like the settings it is gone after a reboot. Each network namespace that labs
 * take for the host's has a file of its own.
 */

/** How large the file can be, in bytes: each setting has a line, and each of the host's interfaces some settings. */
const MOST_NOTED = 4 * 1024 * 1024;

/** What was noted in this thread's network namespace, in that order: forwarding comes before what it changes. */
export function notedSettings(): ReadonlyMap<string, string> {
  const noted = new Map<string, string>();
  for (const line of notes().split('\n')) {
    const [, key, value] = /^(net\.[^\s=]+)=(\d+)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !key.includes('//')) noted.set(key, value);
  }
  return noted;
}

/** What cannot have been written here counts as nothing. */
function notes(): string {
  try {
    return readOwn(notesPath(), MOST_NOTED) ?? '';
  } catch (error) {
    if (error instanceof NotOwnFileError) return '';
    throw error;
  }
}

/** Writes all of it, or nothing. */
export function writeNotes(noted: ReadonlyMap<string, string>): void {
  makeDirectory(RUN_DIRECTORY);
  replaceOwn(notesPath(), [...noted].map(([key, value]) => `${key}=${value}\n`).join(''), OWNER_MODE);
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
    return String(namespaceInode(namespaceFile('thread-self', 'net')));
  } finally {
    libc.close(socket);
  }
}
