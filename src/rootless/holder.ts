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
import { selfCommand } from './self.ts';
import { IDLE_LIMIT, LockHolders } from './lock-holders.ts';
import { SET_UP } from './internal-commands.ts';

/*
 * The user namespace of a user's labs: in it the user is root, and it has network, mount and UTS namespaces of its own.
 * A process that only sleeps holds it open. Nothing outside names it: it is found among the user's processes, by the
 * file in its /run that contains the process id of the holder.
 */

/** The process that holds the user namespace of this user's labs, if there is one and it can be joined from here. */
export function findUserNamespace(): number | undefined {
  const uid = process.geteuid!();
  const own = namespaceOf('self', 'user');
  return processes().find((pid) => {
    if (processOwner(pid) !== uid) return false;
    const namespace = namespaceOf(pid, 'user');
    return (
      namespace !== undefined && namespace !== own && holderNamedIn(processRoot(pid)) === pid && isInChildNamespace(pid)
    );
  });
}

/** The process that holds the user namespace that this process is in. */
export function ownHolder(): number | undefined {
  const pid = holderNamedIn('');
  return pid !== undefined && isInOwnUserNamespace(pid) ? pid : undefined;
}

/**
 * True if a process is in the user namespace of this one. For a process that has just been killed it stays true for a
 * moment.
 */
export const isInOwnUserNamespace = (pid: number): boolean =>
  namespaceOf(pid, 'user') === namespaceOf('self', 'user') && !hasEnded(pid);

/** The process id in the holder file below a root directory. */
function holderNamedIn(root: string): number | undefined {
  try {
    return Number(readFileSync(`${root}${HOLDER_FILE}`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** All processes, in ascending order. */
const processes = (): number[] => processIds().toSorted((a, b) => a - b);

/** ioctl on a user namespace: returns a descriptor of its parent (linux/nsfs.h, ioctl_ns(2)). */
const NS_GET_PARENT = 0xb702;

/** True if a process is in a user namespace that is a child of ours: only such a namespace can be joined. */
function isInChildNamespace(pid: number): boolean {
  let namespace: number | undefined;
  let parent: number | undefined;
  try {
    namespace = libc.open(namespaceFile(pid, 'user'), O_RDONLY | O_CLOEXEC);
    parent = libc.ioctl(namespace, NS_GET_PARENT, 0);
    return fstatSync(parent).ino === statSync(namespaceFile('self', 'user')).ino;
  } catch (error) {
    // The process has ended, or we may not open its namespace.
    if (error instanceof SyscallError) return false;
    throw error;
  } finally {
    if (parent !== undefined) libc.close(parent);
    if (namespace !== undefined) libc.close(namespace);
  }
}

/** The processes in the user namespace of this one, except itself and the holder. */
export function otherProcesses(): number[] {
  const holder = ownHolder();
  return processes().filter((pid) => pid !== process.pid && pid !== holder && isInOwnUserNamespace(pid));
}

/**
 * Creates a user namespace for this user's labs, and returns when it is ready.
 * @param lock the caller's, exclusive. The processes that set the namespace up hold it, too: if the caller is killed,
 *   no other process enters before they have succeeded or failed
 * @returns the process that holds the namespace
 * @throws CapabilityError with the reason if it cannot be created
 */
export function createUserNamespace(lock: RootlessLock): number {
  const facts = rootlessFacts({ trial: false });
  checkFacts(facts);
  let errors = '';
  for (const mapping of idMappings(facts)) {
    errors = startSetUp(mapping, lock);
    const holder = findUserNamespace();
    if (holder !== undefined) return holder;
  }
  checkFacts(rootlessFacts({ trial: true }));
  throw setUpError(errors.trim() || 'it ended at once');
}

const setUpError = (why: string): CapabilityError =>
  new CapabilityError(
    `a user namespace for your labs could not be set up: ${why}`,
    processLimit() < PROCESSES
      ? `your limit is ${processLimit()} processes and threads (ulimit -u), and about ${PROCESSES} are needed`
      : 'see `netwright doctor`',
  );

/**
 * Starts the process that creates the namespaces and sets them up, and waits until it is ready or has failed.
 * @returns its error output
 */
function startSetUp(mapping: readonly string[], { fd, path }: RootlessLock): string {
  const [output, input] = pipe();
  try {
    const { error } = spawnSync('setsid', ['--fork', ...unshareCommand(mapping, ['hold'])], {
      cwd: '/',
      stdio: ['ignore', 'ignore', input, fd],
    });
    libc.close(input);
    if (error !== undefined) return error.message;
    return readOutput(output, new LockHolders(path));
  } finally {
    libc.close(output);
  }
}

/**
 * Reads the error output of the setup until its end: a setup that is ready, or has failed, closes the last write end of
 * the pipe.
 * @throws CapabilityError if the setup hangs
 */
function readOutput(output: number, builders: LockHolders): string {
  // A second open file description: only this one is set non-blocking.
  const fd = openSync(descriptorPath(output), constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    let errors = '';
    for (;;) {
      const chunk = readAvailable(fd);
      if (chunk === '') return errors;
      errors += chunk ?? '';
      if (builders.endStuck().length > 0)
        throw setUpError(`${errors}its setup process was idle for ${IDLE_LIMIT}, and was killed`);
      if (chunk === undefined) pause(5);
    }
  } finally {
    closeSync(fd);
  }
}

/** Reads what is available: '' at the end, undefined if read(2) would block. */
function readAvailable(fd: number): string | undefined {
  const buffer = Buffer.alloc(4096);
  try {
    return buffer.toString('utf8', 0, readSync(fd, buffer));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return undefined;
    throw error;
  }
}

/** The threads of three Node processes, and the other processes of the setup. */
const PROCESSES = 40;

/** The limit on the user's processes and threads: RLIMIT_NPROC of getrlimit(2). */
const processLimit = (): number => limitOf('self', 'processes')?.soft ?? Infinity;

/** @throws CapabilityError if the facts rule out a user namespace */
function checkFacts(facts: RootlessFacts): void {
  const refusal = refusalOf(facts);
  if (refusal === undefined) return;
  throw new CapabilityError(
    `labs without root need a user namespace, which this machine does not allow: ${refusal.detail}`,
    `to change that: ${refusal.fix}; or use sudo`,
  );
}

/** The command line that creates the namespaces and sets them up; `then` follows SET_UP. */
export const unshareCommand = (mapping: readonly string[], then: readonly string[]): string[] => [
  'unshare',
  ...NAMESPACES,
  ...mapping,
  '--',
  ...selfCommand(SET_UP, ...then),
];

/**
 * The id idMappings to try, the best first. With the ranges of /etc/subuid, programs can change to other users, as
 * tcpdump and many servers do when root starts them. Without them the user is root, and there is no other user.
 */
function idMappings({ programs, subordinateIds, noNewPrivileges }: RootlessFacts): readonly string[][] {
  const several = subordinateIds && !noNewPrivileges && ID_PROGRAMS.every((program) => programs.has(program));
  return [...(several ? [[...ROOT_ONLY_MAPPING, '--map-auto']] : []), ROOT_ONLY_MAPPING];
}

export const ROOT_ONLY_MAPPING = ['--map-root-user'];
