import { monotonic, CapabilityError, NetwrightError } from '../base/index.ts';
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRootless } from '../rootless/index.ts';
import { cgroupControllers, cgroupMount, ownCgroup } from '../proc/index.ts';

/**
 * The limits of all programs of a sandbox together, by a control group of their own (cgroups(7)). An absent limit is
 * not set.
 */
export interface Limits {
  /** CPU time, in CPUs: 0.5 is half of one CPU. */
  readonly cpu?: number;
  /** Bytes. */
  readonly memory?: number;
  /** Processes and threads. */
  readonly pids?: number;
}

/** Microseconds: the period of cpu.max. */
const PERIOD = 100_000;

/**
 * The group below which the groups of sandboxes are created: the root of the hierarchy; for an unprivileged user the
 * topmost ancestor of this process's group that the user owns, such as that of the user's service manager
 * (user@.service(5)). Undefined if there is none.
 */
function cgroupRoot(): string | undefined {
  const mount = cgroupMount();
  if (mount === undefined || !isRootless()) return mount;
  const names = ownCgroup() ?? [];
  return names.map((_, i) => `${mount}/${names.slice(0, i + 1).join('/')}`).find(isWritableGroup);
}

/** True if this process may create groups in a group, and move processes into and out of it. */
function isWritableGroup(group: string): boolean {
  try {
    for (const file of ['', '/cgroup.procs', '/cgroup.subtree_control']) accessSync(`${group}${file}`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws CapabilityError if there is no such group */
function requireRoot(): string {
  const root = cgroupRoot();
  if (root !== undefined) return root;
  if (cgroupMount() === undefined)
    throw new CapabilityError(
      'limits need cgroup version 2, which is not mounted',
      'mount it: `mount -t cgroup2 none /sys/fs/cgroup`',
    );
  throw new CapabilityError(
    'limits without root need a control group that you own, and this process is in none',
    'with systemd, start it as `systemd-run --user --scope -- netwright run …`; or use sudo, or omit the limit',
  );
}

/**
 * The group that contains the groups of all sandboxes. The host's administrator can stop delegating controllers to the
 * groups below the root, as systemd does with controllers that none of its units needs: then the limits would be lost
 * silently. The kernel refuses that while a group there delegates them itself, which is possible only for a group
 * without processes.
 */
const PARENT = 'netwright';
/** Milliseconds until killed processes must have ended. */
const TIMEOUT = 5000;

/** A control group (cgroups(7)) with limits, for one sandbox. {@link removeLimits} removes it. */
export class LimitGroup {
  readonly path: string;

  /**
   * Creates the group below `root`.
   * @throws CapabilityError that names what is missing
   */
  constructor(name: string, limits: Limits, root: string = requireRoot()) {
    const settings = settingsOf(limits);
    const controllers = [...new Set(settings.map(([file]) => file.split('.')[0]!))];
    requireControllers(root, controllers);
    delegate(root, controllers);
    const parent = `${root}/${PARENT}`;
    this.path = `${parent}/${name}`;
    createGroup(parent, controllers, this.path);
    for (const [file, value] of settings) writeFileSync(`${this.path}/${file}`, value);
    // Swapped memory does not count for memory.max. A kernel without swap does not have this file.
    const swap = `${this.path}/memory.swap.max`;
    if (limits.memory !== undefined && existsSync(swap)) writeFileSync(swap, '0');
  }

  add(pid: number): void {
    writeFileSync(`${this.path}/cgroup.procs`, String(pid));
  }
}

/**
 * Creates the group and its parent. Tries again if another sandbox, the last one to end, has just removed the parent.
 */
function createGroup(parent: string, controllers: readonly string[], path: string, tries = 5): void {
  try {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    delegate(parent, controllers);
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    const { code } = (error instanceof CapabilityError ? error.cause : error) as NodeJS.ErrnoException;
    // The files of a group that is being removed return ENODEV.
    if (tries === 0 || (code !== 'ENOENT' && code !== 'ENODEV')) throw error;
    createGroup(parent, controllers, path, tries - 1);
  }
}

export class LimitGroupBusyError extends NetwrightError {
  readonly code = 'ERR_LIMITS_BUSY';
}

/**
 * Kills all processes in the group of a sandbox and removes the group, if it exists.
 * @throws LimitGroupBusyError if its processes do not end
 */
export async function removeLimits(name: string, root: string | undefined = cgroupRoot()): Promise<void> {
  if (root === undefined) return;
  const path = `${root}/${PARENT}/${name}`;
  if (!existsSync(path)) return;
  // Since Linux 5.14. On older kernels the caller has killed its processes one by one.
  if (existsSync(`${path}/cgroup.kill`)) writeFileSync(`${path}/cgroup.kill`, '1');
  const until = monotonic() + TIMEOUT;
  while (!removeGroup(path)) {
    if (monotonic() > until)
      throw new LimitGroupBusyError(
        `the control group ${path} cannot be removed: processes in it do not end; see its cgroup.procs, then \`netwright clean\``,
      );
    await sleep(2);
  }
  removeGroup(`${root}/${PARENT}`);
}

/** As {@link removeLimits}, but returns errors instead of throwing them. */
export async function endLimits(name: string): Promise<unknown[]> {
  try {
    await removeLimits(name);
    return [];
  } catch (error) {
    return [error];
  }
}

/** True if the group is gone. A group with processes or child groups stays. */
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

function requireControllers(root: string, controllers: readonly string[]): void {
  const present = cgroupControllers(root, 'controllers');
  const missing = controllers.find((controller) => !present.includes(controller));
  if (missing !== undefined)
    throw new CapabilityError(
      `the limit on ${missing} needs the cgroup controller "${missing}", which ${root} does not have`,
      'start the kernel without version 1 of it (cgroup_no_v1=all), in a container have it delegated by the host, or omit the limit',
    );
}

/** What to do if a group cannot delegate a controller, by error code: cgroups(7). */
const REMEDIES: Readonly<Record<string, string>> = {
  // The "no internal processes" rule: only the root group of the host may have processes and delegate controllers.
  EBUSY: 'it contains processes: move them to a child group, or omit the limit',
  EOPNOTSUPP: 'it is a threaded group: start this in another one, or omit the limit',
};

/** Enables controllers for the child groups of a group. @throws CapabilityError */
function delegate(group: string, controllers: readonly string[]): void {
  const file = `${group}/cgroup.subtree_control`;
  for (const controller of controllers) {
    try {
      if (cgroupControllers(group, 'subtree_control').includes(controller)) continue;
      writeFileSync(file, `+${controller}`);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code ?? '';
      throw new CapabilityError(
        `the limit on ${controller} needs the cgroup controller "${controller}", which ${group} does not delegate (${code})`,
        REMEDIES[code] ?? 'in a container, start it with a delegated cgroup, or omit the limit',
        { cause: error },
      );
    }
  }
}
