import { isBun } from '../base/index.ts';
import { libc, O_ACCMODE, O_NONBLOCK } from '../ffi/index.ts';
import { descriptorTarget, limitOf, ownDescriptors } from '../proc/index.ts';

/*
 * When it starts, Node sets close-on-exec on inherited descriptors, opens some of its own, and raises its limit of open
 * files. A program that is executed in place of this process must get what Node got. Bun sets it on all that it inherits,
 * and opens none but those of its event loops.
 */

const STANDARD_STREAMS = 3;
/**
 * Node sets close-on-exec on all descriptors below this number, and on those above it up to the first that is not open
 * (uv_disable_stdio_inheritance).
 */
const ALWAYS_MARKED = 16;
const EVENT_LOOP_TARGETS = new Set(['anon_inode:[eventpoll]', 'anon_inode:[eventfd]', 'anon_inode:[io_uring]']);

/**
 * Keeps the descriptors that this process inherited, and no others, open across execve. They differ from Node's own
 * only by what they refer to: Node's are for its event loops, and come after the inherited ones.
 */
export function keepInheritedDescriptors(environment: NodeJS.ProcessEnv): void {
  const descriptors = ownDescriptors();
  // A descriptor without a target is closed by now, such as that of the directory itself.
  const targets = new Map(descriptors.map((fd) => [fd, descriptorTarget('self', fd)]));
  const pipes = pipesToItself(targets);
  for (const fd of jobserver(environment)) pipes.delete(fd);
  const isInherited = (fd: number): boolean => {
    const target = targets.get(fd);
    return target !== undefined && !EVENT_LOOP_TARGETS.has(target) && !pipes.has(fd);
  };
  let end = isBun ? Infinity : ALWAYS_MARKED;
  while (isInherited(end)) end++;
  for (const fd of descriptors) if (fd < STANDARD_STREAMS || (fd < end && isInherited(fd))) libc.clearCloseOnExec(fd);
}

/**
 * The pipes of which this process has exactly one descriptor for each end, both blocking or both non-blocking: Node's
 * own.
 */
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

/** The pipe of make's jobserver. make passes both ends on: `--jobserver-auth=R,W`, formerly `--jobserver-fds`. */
function jobserver({ MAKEFLAGS = '' }: NodeJS.ProcessEnv): number[] {
  const [, reading, writing] = /--jobserver-(?:auth|fds)=(\d+),(\d+)/.exec(MAKEFLAGS) ?? [];
  return reading === undefined ? [] : [Number(reading), Number(writing)];
}

/**
 * Sets the limit of open files (RLIMIT_NOFILE) to that of the parent process: Node has raised its own as far as
 * possible.
 */
export function restoreDescriptorLimit(): void {
  const soft = limitOf(process.ppid, 'open files')?.soft;
  // The parent has no limit, or is not visible from here.
  if (soft !== undefined && soft !== Infinity) libc.limitDescriptors(BigInt(soft));
}
