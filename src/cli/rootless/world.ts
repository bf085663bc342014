import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { CapabilityError } from '../../base/error.ts';
import { libc, O_CLOEXEC, O_RDONLY, SyscallError } from '../../ffi/index.ts';
import { ID_PROGRAMS, NAMESPACES, rootlessFacts, type RootlessFacts } from '../../lab/rootless/facts.ts';
import { refusalOf } from '../../lab/rootless/refusal.ts';
import { WORLD_FILE } from '../../lab/rootless/world.ts';
import { self } from './self.ts';
import { ARRANGE } from './words.ts';

/*
 * A user's world: a user namespace in which the user is root, with a network and a mount namespace of its own. A process
 * that only sleeps holds it. Nothing outside says that there is a world: it is found by looking at the user's processes,
 * one of which has a file in its /run that names it.
 */

/** The process that holds this user's world, if there is one that can be joined from here. */
export function findWorld(): number | undefined {
  const uid = process.geteuid!();
  const own = userNamespaceOf('self');
  return processes().find((pid) => {
    if (statSync(`/proc/${pid}`, { throwIfNoEntry: false })?.uid !== uid) return false;
    const there = userNamespaceOf(pid);
    return there !== undefined && there !== own && namedIn(`/proc/${pid}/root`) === pid && isBelowUs(pid);
  });
}

/** The process that holds the world that this process is in. */
export function holderOfThis(): number | undefined {
  const pid = namedIn('');
  return pid !== undefined && isHere(pid) ? pid : undefined;
}

/** Whether a process is in the user namespace that this one is in. One that has been killed is so for a moment longer. */
export const isHere = (pid: number): boolean => userNamespaceOf(pid) === userNamespaceOf('self') && !isZombie(pid);

/** Which process the file of a world names as its holder. */
function namedIn(root: string): number | undefined {
  try {
    return Number(readFileSync(`${root}${WORLD_FILE}`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** In the order of their numbers. */
const processes = (): number[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .toSorted((a, b) => a - b);

/** As the kernel names it; undefined when the process has ended or is none of ours. */
function userNamespaceOf(pid: number | 'self'): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/user`);
  } catch {
    return undefined;
  }
}

/** ioctl on a namespace: a descriptor of the one it was made in (linux/nsfs.h, ioctl_ns(2)). */
const NS_GET_PARENT = 0xb702;

/** Whether a process is in a user namespace that was made in ours: only such a one can be joined. */
function isBelowUs(pid: number): boolean {
  let namespace: number | undefined;
  let parent: number | undefined;
  try {
    namespace = libc.open(`/proc/${pid}/ns/user`, O_RDONLY | O_CLOEXEC);
    parent = libc.ioctl(namespace, NS_GET_PARENT, 0);
    return statSync(`/proc/self/fd/${parent}`).ino === statSync('/proc/self/ns/user').ino;
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
export function othersHere(): number[] {
  const holder = holderOfThis();
  return processes().filter((pid) => pid !== process.pid && pid !== holder && isHere(pid));
}

function isZombie(pid: number): boolean {
  try {
    return /^\S Z/.test(readFileSync(`/proc/${pid}/stat`, 'latin1').replace(/^.*\) /s, ') '));
  } catch {
    return true;
  }
}

/**
 * Makes a world, and returns when it is ready.
 * @param lock the caller's, exclusive. Those who make the world have it as well: when the caller is killed nobody comes in
 *   between before there is a world, or none
 * @returns the process that holds it
 * @throws CapabilityError with what stands in the way
 */
export function makeWorld(lock: number): number {
  const facts = rootlessFacts({ trial: false });
  refuse(facts);
  let said = '';
  for (const mapping of mappings(facts)) {
    // Closing the last copy of the pipe is how a world that is ready, or has failed, says so.
    const { stderr, error } = spawnSync('setsid', ['--fork', ...unshared(mapping, ['hold'])], {
      cwd: '/',
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', 'pipe', lock],
    });
    const made = findWorld();
    if (made !== undefined) return made;
    said = error?.message ?? stderr;
  }
  refuse(rootlessFacts({ trial: true }));
  throw new CapabilityError(
    `a user namespace for your labs could not be set up: ${said.trim() || 'it ended at once'}`,
    'see `netwright doctor`',
  );
}

/** @throws CapabilityError */
function refuse(facts: RootlessFacts): void {
  const refusal = refusalOf(facts);
  if (refusal === undefined) return;
  throw new CapabilityError(
    `labs without root take a user namespace, and this machine does not let you have one: ${refusal.detail}`,
    `to change that: ${refusal.fix}; or use sudo`,
  );
}

/** The words of a command that makes the namespaces and arranges them; `then` is what becomes of it. */
export const unshared = (mapping: readonly string[], then: readonly string[]): string[] => [
  'unshare',
  ...NAMESPACES,
  ...mapping,
  '--',
  ...self(ARRANGE, ...then),
];

/**
 * How ids inside are those outside, the best way first. With ids of /etc/subuid programs may change to other users, as
 * tcpdump and many servers do when they are started by root; without, the user is root and there is nobody else.
 */
function mappings({ programs, subordinateIds, noNewPrivileges }: RootlessFacts): readonly string[][] {
  const several = subordinateIds && !noNewPrivileges && ID_PROGRAMS.every((program) => programs.has(program));
  return [...(several ? [[...SINGLE, '--map-auto']] : []), SINGLE];
}

export const SINGLE = ['--map-root-user'];

/** Ends a process at once; nothing when it has ended already. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}
