import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs';
import { CapabilityError } from '../../base/error.ts';

export interface Limits {
  /** How many processors' worth of time: 0.5 is half of one. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Processes and threads. */
  readonly pids?: number;
}

/** Microseconds over which a processor's time is shared out. */
const PERIOD = 100_000;

/** Where version 2 of control groups is mounted; undefined where it is not: proc_pid_mountinfo(5). */
function cgroupRoot(): string | undefined {
  for (const line of readFileSync('/proc/self/mountinfo', 'utf8').split('\n')) {
    const [mount = '', type = ''] = line.split(' - ');
    const path = mount.split(' ')[4]!;
    // Something else may be mounted over it.
    if (type.startsWith('cgroup2 ') && existsSync(`${path}/cgroup.controllers`)) return path;
  }
  return undefined;
}

/** A control group (cgroups(7)) with limits, for one sandbox. */
export class LimitGroup {
  readonly path: string;

  /**
   * Makes the group below the root of version 2's hierarchy, or below `root`.
   * @throws CapabilityError that names the controller that is not to be had
   */
  constructor(name: string, limits: Limits, root: string | undefined = cgroupRoot()) {
    if (root === undefined)
      throw new CapabilityError(
        'limits need cgroup version 2, which is not mounted',
        'mount it: `mount -t cgroup2 none /sys/fs/cgroup`',
      );
    const settings = settingsOf(limits);
    const controllers = [...new Set(settings.map(([file]) => file.split('.')[0]!))];
    enable(root, controllers);
    this.path = `${root}/netwright-${name}`;
    mkdirSync(this.path, { recursive: true });
    try {
      for (const [file, value] of settings) writeFileSync(`${this.path}/${file}`, value);
      // Memory that is swapped out would not count; a kernel without swap has no such file.
      const swap = `${this.path}/memory.swap.max`;
      if (limits.memory !== undefined && existsSync(swap)) writeFileSync(swap, '0');
    } catch (error) {
      this.remove();
      throw error;
    }
  }

  add(pid: number): void {
    writeFileSync(`${this.path}/cgroup.procs`, String(pid));
  }

  /** Removes the group. It must have no processes: one that is just ending keeps it, and false is returned. */
  remove(): boolean {
    return removeGroup(this.path);
  }
}

/** Removes the group of a sandbox that has ended, if there is one. */
export function removeLimits(name: string): boolean {
  const root = cgroupRoot();
  return root === undefined || removeGroup(`${root}/netwright-${name}`);
}

function removeGroup(path: string): boolean {
  try {
    rmdirSync(path);
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return true;
    if (code === 'EBUSY') return false;
    throw error;
  }
}

function settingsOf({ cpu, memory, pids }: Limits): (readonly [file: string, value: string])[] {
  return [
    ...(cpu === undefined ? [] : [['cpu.max', `${Math.max(1000, Math.round(cpu * PERIOD))} ${PERIOD}`] as const]),
    ...(memory === undefined ? [] : [['memory.max', String(memory)] as const]),
    ...(pids === undefined ? [] : [['pids.max', String(pids)] as const]),
  ];
}

function enable(root: string, controllers: readonly string[]): void {
  const words = (file: string): string[] => readFileSync(`${root}/${file}`, 'utf8').trim().split(/\s+/);
  const present = words('cgroup.controllers');
  for (const controller of controllers) {
    if (!present.includes(controller))
      throw new CapabilityError(
        `the limit on ${controller} needs the cgroup controller "${controller}", which ${root} does not have`,
        'start the kernel without version 1 of it (cgroup_no_v1=all), or leave the limit out',
      );
    if (words('cgroup.subtree_control').includes(controller)) continue;
    try {
      writeFileSync(`${root}/cgroup.subtree_control`, `+${controller}`);
    } catch (error) {
      throw new CapabilityError(
        `the limit on ${controller} needs the cgroup controller "${controller}", which ${root} does not pass on (${(error as NodeJS.ErrnoException).code})`,
        'in a container, start it with a cgroup of its own to manage, or leave the limit out',
        { cause: error },
      );
    }
  }
}
