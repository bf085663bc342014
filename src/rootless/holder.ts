import { spawnSync } from 'node:child_process';
import { closeSync, constants, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { CapabilityError, pause } from '../base/index.ts';
import { libc, O_CLOEXEC, O_RDONLY, pipe, SyscallError } from '../ffi/index.ts';
import { ID_PROGRAMS, NAMESPACES, rootlessFacts, type RootlessFacts } from './facts.ts';
import { refusalOf } from './refusal.ts';
import { HOLDER_FILE } from './inside.ts';
import {
  descriptorPath,
  hasEnded,
  limitOf,
  namespaceFile,
  namespaceOf,
  processIds,
  processOwner,
  processRoot,
} from '../proc/index.ts';
import type { RootlessLock } from './lock.ts';
import { self } from './self.ts';
import { IDLE_LIMIT, LockHolders } from './lock-holders.ts';
import { SET_UP } from './internal-commands.ts';

/*
 * A user's world: a user namespace in which the user is root, with a network and a mount namespace of its own. A process
 * that only sleeps holds it. Nothing outside says that there is a world: it is found by looking at the user's processes,
 * one of which has a file in its /run that names it.
 */

/** The process that holds this user's world, if there is one that can be joined from here. */
export function findUserNamespace(): number | undefined {
  const uid = process.geteuid!();
  const own = namespaceOf('self', 'user');
  return processes().find((pid) => {
    if (processOwner(pid) !== uid) return false;
    const there = namespaceOf(pid, 'user');
    return there !== undefined && there !== own && namedIn(processRoot(pid)) === pid && isBelowUs(pid);
  });
}

/** The process that holds the world that this process is in. */
export function ownHolder(): number | undefined {
  const pid = namedIn('');
  return pid !== undefined && isInOwnUserNamespace(pid) ? pid : undefined;
}

/** Whether a process is in the user namespace that this one is in. One that has been killed is so for a moment longer. */
export const isInOwnUserNamespace = (pid: number): boolean =>
  namespaceOf(pid, 'user') === namespaceOf('self', 'user') && !hasEnded(pid);

/** Which process the file of a world names as its holder. */
function namedIn(root: string): number | undefined {
  try {
    return Number(readFileSync(`${root}${HOLDER_FILE}`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** In the order of their numbers. */
const processes = (): number[] => processIds().toSorted((a, b) => a - b);

/** ioctl on a namespace: a descriptor of the one it was made in (linux/nsfs.h, ioctl_ns(2)). */
const NS_GET_PARENT = 0xb702;

/** Whether a process is in a user namespace that was made in ours: only such a one can be joined. */
function isBelowUs(pid: number): boolean {
  let namespace: number | undefined;
  let parent: number | undefined;
  try {
    namespace = libc.open(namespaceFile(pid, 'user'), O_RDONLY | O_CLOEXEC);
    parent = libc.ioctl(namespace, NS_GET_PARENT, 0);
    return fstatSync(parent).ino === statSync(namespaceFile('self', 'user')).ino;
  } catch (error) {
    // It has ended, or is out of our reach.
    if (error instanceof SyscallError) return false;
    throw error;
  } finally {
    if (parent !== undefined) libc.close(parent);
    if (namespace !== undefined) libc.close(namespace);
  }
}

/** The processes in the user namespace of this one, itself and the holder left out. */
export function otherProcesses(): number[] {
  const holder = ownHolder();
  return processes().filter((pid) => pid !== process.pid && pid !== holder && isInOwnUserNamespace(pid));
}

/**
 * Makes a world, and returns when it is ready.
 * @param lock the caller's, exclusive. Those who make the world have it as well: when the caller is killed nobody comes in
 *   between before there is a world, or none
 * @returns the process that holds it
 * @throws CapabilityError with what stands in the way
 */
export function createUserNamespace(lock: RootlessLock): number {
  const facts = rootlessFacts({ trial: false });
  refuse(facts);
  let said = '';
  for (const mapping of mappings(facts)) {
    said = build(mapping, lock);
    const made = findUserNamespace();
    if (made !== undefined) return made;
  }
  refuse(rootlessFacts({ trial: true }));
  throw notSetUp(said.trim() || 'it ended at once');
}

const notSetUp = (why: string): CapabilityError =>
  new CapabilityError(
    `a user namespace for your labs could not be set up: ${why}`,
    processLimit() < PROCESSES
      ? `your limit is ${processLimit()} processes and threads (ulimit -u), and about ${PROCESSES} are needed`
      : 'see `netwright doctor`',
  );

/** Starts what makes a world, and waits until that is ready or has failed. @returns what it said */
function build(mapping: readonly string[], { fd, path }: RootlessLock): string {
  const [output, input] = pipe();
  try {
    const { error } = spawnSync('setsid', ['--fork', ...unshareCommand(mapping, ['hold'])], {
      cwd: '/',
      stdio: ['ignore', 'ignore', input, fd],
    });
    libc.close(input);
    if (error !== undefined) return error.message;
    return heard(output, new LockHolders(path));
  } finally {
    libc.close(output);
  }
}

/** Closing the last copy of the pipe is how a world that is ready, or has failed, says so. @throws CapabilityError when it hangs */
function heard(output: number, builders: LockHolders): string {
  // Opened once more, it can be read without waiting.
  const fd = openSync(descriptorPath(output), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let said = '';
    for (;;) {
      const more = read(fd);
      if (more === '') return said;
      said += more ?? '';
      if (builders.endStuck().length > 0)
        throw notSetUp(`${said}its setup process was idle for ${IDLE_LIMIT}, and was killed`);
      if (more === undefined) pause(5);
    }
  } finally {
    closeSync(fd);
  }
}

/** What there is to read: nothing at the end, undefined when it is to be waited for. */
function read(fd: number): string | undefined {
  const buffer = Buffer.alloc(4096);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** Node's threads, three times, and what else there is while a world is made. */
const PROCESSES = 40;

/** How many processes and threads the user may have: RLIMIT_NPROC of getrlimit(2). */
const processLimit = (): number => limitOf('self', 'processes')?.soft ?? Infinity;

/** @throws CapabilityError */
function refuse(facts: RootlessFacts): void {
  const refusal = refusalOf(facts);
  if (refusal === undefined) return;
  throw new CapabilityError(
    `labs without root need a user namespace, which this machine does not allow: ${refusal.detail}`,
    `to change that: ${refusal.fix}; or use sudo`,
  );
}

/** The words of a command that makes the namespaces and arranges them; `then` is what becomes of it. */
export const unshareCommand = (mapping: readonly string[], then: readonly string[]): string[] => [
  'unshare',
  ...NAMESPACES,
  ...mapping,
  '--',
  ...self(SET_UP, ...then),
];

/**
 * How ids inside are those outside, the best way first. With ids of /etc/subuid programs may change to other users, as
 * tcpdump and many servers do when they are started by root; without, the user is root and there is nobody else.
 */
function mappings({ programs, subordinateIds, noNewPrivileges }: RootlessFacts): readonly string[][] {
  const several = subordinateIds && !noNewPrivileges && ID_PROGRAMS.every((program) => programs.has(program));
  return [...(several ? [[...ROOT_ONLY_MAPPING, '--map-auto']] : []), ROOT_ONLY_MAPPING];
}

export const ROOT_ONLY_MAPPING = ['--map-root-user'];
