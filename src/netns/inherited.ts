import { isBun } from '../base/index.ts';
import { libc, O_ACCMODE, O_NONBLOCK } from '../ffi/index.ts';
import { descriptorTarget, limitOf, ownDescriptors } from '../proc/index.ts';

/*
 * Node marks the descriptors that it is given close-on-exec when it starts, opens some of its own, and raises the limit of
 * how many it may have. The program that takes its place is to find what Node found. Bun marks all that it is given, and opens
 * none of its own but for its event loops.
 */

const STANDARD_STREAMS = 3;
/** Node marks all below this, and from there on until the first that is not open (uv_disable_stdio_inheritance). */
const SURELY_MARKED = 16;
const OF_EVENT_LOOPS = new Set(['anon_inode:[eventpoll]', 'anon_inode:[eventfd]', 'anon_inode:[io_uring]']);

/**
 * Lets the descriptors that this process was given, and no others, stay open across execve. Only what they are tells them
 * from Node's own, which are for its event loops, and come after them where Node has stopped to mark.
 */
export function keepInheritedDescriptors(environment: NodeJS.ProcessEnv): void {
  const descriptors = ownDescriptors();
  // Without a target is what is closed by now, as the folder of descriptors itself is.
  const targets = new Map(descriptors.map((fd) => [fd, descriptorTarget('self', fd)]));
  const pipes = pipesToItself(targets);
  for (const fd of jobserver(environment)) pipes.delete(fd);
  const isGiven = (fd: number): boolean => {
    const target = targets.get(fd);
    return target !== undefined && !OF_EVENT_LOOPS.has(target) && !pipes.has(fd);
  };
  let end = isBun ? Infinity : SURELY_MARKED;
  while (isGiven(end)) end++;
  for (const fd of descriptors) if (fd < STANDARD_STREAMS || (fd < end && isGiven(fd))) libc.keepAcrossExecve(fd);
}

/** The pipes of which this process has one descriptor of each end, which both block or both do not. */
function pipesToItself(targets: ReadonlyMap<number, string | undefined>): Set<number> {
  const pipes = new Map<string, number[]>();
  for (const [fd, target] of targets)
    if (target?.startsWith('pipe:') === true) pipes.set(target, [...(pipes.get(target) ?? []), fd]);
  const own = new Set<number>();
  for (const fds of pipes.values()) {
    if (fds.length !== 2) continue;
    const [a, b] = fds.map(libc.statusFlags) as [number, number];
    if ((a & O_ACCMODE) !== (b & O_ACCMODE) && (a & O_NONBLOCK) === (b & O_NONBLOCK)) for (const fd of fds) own.add(fd);
  }
  return own;
}

/** The pipe by which make counts jobs, of which it hands on both ends: `--jobserver-auth=R,W`, once `--jobserver-fds`. */
function jobserver({ MAKEFLAGS = '' }: NodeJS.ProcessEnv): number[] {
  const [, reading, writing] = /--jobserver-(?:auth|fds)=(\d+),(\d+)/.exec(MAKEFLAGS) ?? [];
  return reading === undefined ? [] : [Number(reading), Number(writing)];
}

/** Limits how many descriptors there may be to what the parent has: Node has raised its own limit as far as it may. */
export function restoreDescriptorLimit(): void {
  const soft = limitOf(process.ppid, 'open files')?.soft;
  // A parent that has no limit, or that cannot be seen from here, tells nothing.
  if (soft !== undefined && soft !== Infinity) libc.limitDescriptors(BigInt(soft));
}
