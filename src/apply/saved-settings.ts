import { rmSync } from 'node:fs';
import { NotOwnFileError, OWNER_MODE, readOwn, replaceOwn } from '../base/index.ts';
import { AF_UNIX, libc, SO_NETNS_COOKIE, SOCK_CLOEXEC, SOCK_DGRAM, SOL_SOCKET, SyscallError } from '../ffi/index.ts';
import { makeDirectory, namespaceInode, RUN_DIRECTORY } from '../netns/index.ts';
import { namespaceFile } from '../proc/index.ts';

/*
 * The values of host settings before labs changed them. They are saved in a file, which does not depend on a lab's link
 * or on the nftables of the host (`nft flush ruleset`). It is under /run, since a reboot resets the settings as well.
 * Each network namespace in which Netwright runs as on a host has its own file.
 */

/**
 * The maximum size of the file, in bytes: it has a line for each setting, and several for each interface of the host.
 */
const MAX_SIZE = 4 * 1024 * 1024;

/**
 * The saved settings of this thread's network namespace, in order: forwarding precedes the settings that it changes.
 */
export function savedSettings(): ReadonlyMap<string, string> {
  const saved = new Map<string, string>();
  for (const line of fileText().split('\n')) {
    const [, key, value] = /^(net\.[^\s=]+)=(\d+)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && !key.includes('//')) saved.set(key, value);
  }
  return saved;
}

/** The text of the file. A file that belongs to another user, or that is no regular file, counts as empty. */
function fileText(): string {
  try {
    return readOwn(savedSettingsPath(), MAX_SIZE) ?? '';
  } catch (error) {
    if (error instanceof NotOwnFileError) return '';
    throw error;
  }
}

/** Saves settings, atomically. */
export function saveSettings(settings: ReadonlyMap<string, string>): void {
  makeDirectory(RUN_DIRECTORY);
  replaceOwn(savedSettingsPath(), [...settings].map(([key, value]) => `${key}=${value}\n`).join(''), OWNER_MODE);
}

export const removeSavedSettings = (): void => rmSync(savedSettingsPath(), { force: true });

/** The file for this thread's network namespace. Its name contains a dot, so that no lab can have the same name. */
export const savedSettingsPath = (): string => `${RUN_DIRECTORY}/host.${namespaceId()}.settings`;

/** A number that identifies this network namespace among all since boot: its cookie (SO_NETNS_COOKIE). */
function namespaceId(): string {
  const socket = libc.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  try {
    const cookie = new BigUint64Array(1);
    libc.getsockoptInto(socket, SOL_SOCKET, SO_NETNS_COOKIE, new Uint8Array(cookie.buffer));
    return String(cookie[0]);
  } catch (error) {
    // Before Linux 5.14 the inode number, which the kernel can reuse for another namespace later.
    if (!(error instanceof SyscallError && error.code === 'ENOPROTOOPT')) throw error;
    return String(namespaceInode(namespaceFile('thread-self', 'net')));
  } finally {
    libc.close(socket);
  }
}
