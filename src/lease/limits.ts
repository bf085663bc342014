import { monotonic, CapabilityError, NetwrightError } from '../base/index.ts';
import { accessSync, constants, existsSync, mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { isRootless } from '../rootless/index.ts';
import { cgroupControllers, cgroupMount, ownCgroup } from '../proc/index.ts';

/**
 * What the programs of a sandbox may use together, by a control group of their own (cgroups(7)); no limit where absent.
 */
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

/**
 * The group below which those of sandboxes are: the root of the hierarchy; or, for an ordinary user, the highest above
 * this process that is the user's, as that of the user's service manager (user@.service(5)). Undefined when there is none.
 */
function cgroupRoot(): string | undefined {
  const mount = cgroupMount();
  if (mount === undefined || !isRootless()) return mount;
  const names = ownCgroup() ?? [];
  return names.map((_, i) => `${mount}/${names.slice(0, i + 1).join('/')}`).find(isOurs);
}

/** Whether this process may make groups in a group, and move processes to and fro. */
function isOurs(group: string): boolean {
  try {
    for (const file of ['', '/cgroup.procs', '/cgroup.subtree_control']) accessSync(`${group}${file}`, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** @throws CapabilityError */
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
 * The group that those of all sandboxes are in. Whoever runs the machine may stop passing controllers on to the groups of
 * the root, as systemd does with those that none of its units asks for, and the limits would be gone without a word. It
 * cannot while a group there passes them on itself, which one that has processes may not.
 */
const PARENT = 'netwright';
/** How long processes that have been killed take to end, at most, in milliseconds. */
const PATIENCE = 5000;

/** A control group (cgroups(7)) with limits, for one sandbox. {@link removeLimits} removes it. */
export class LimitGroup {
  readonly path: string;

  /**
   * Makes the group below `root`.
   * @throws CapabilityError that names what is not to be had
   */
  constructor(name: string, limits: Limits, root: string = requireRoot()) {
    const settings = settingsOf(limits);
    const controllers = [...new Set(settings.map(([file]) => file.split('.')[0]!))];
    requireControllers(root, controllers);
    passOn(root, controllers);
    const parent = `${root}/${PARENT}`;
    this.path = `${parent}/${name}`;
    makeBelow(parent, controllers, this.path);
    for (const [file, value] of settings) writeFileSync(`${this.path}/${file}`, value);
    // Memory that is swapped out would not count; a kernel without swap has no such file.
    const swap = `${this.path}/memory.swap.max`;
    if (limits.memory !== undefined && existsSync(swap)) writeFileSync(swap, '0');
  }

  add(pid: number): void {
    writeFileSync(`${this.path}/cgroup.procs`, String(pid));
  }
}

/** Makes the group, and the one it is in: another sandbox that is the last to go may take that away at any moment. */
function makeBelow(parent: string, controllers: readonly string[], path: string, tries = 5): void {
  try {
    mkdirSync(parent, { recursive: true, mode: 0o755 });
    passOn(parent, controllers);
    mkdirSync(path, { mode: 0o755 });
  } catch (error) {
    const { code } = (error instanceof CapabilityError ? error.cause : error) as NodeJS.ErrnoException;
    // ENODEV is what the files of a group say that is just going.
    if (tries === 0 || (code !== 'ENOENT' && code !== 'ENODEV')) throw error;
    makeBelow(parent, controllers, path, tries - 1);
  }
}

export class LimitGroupBusyError extends NetwrightError {
  readonly code = 'ERR_LIMITS_BUSY';
}

/**
 * Ends what is in the group of a sandbox, and removes it, if there is one.
 * @throws LimitGroupBusyError when its processes do not end
 */
export async function removeLimits(name: string, root: string | undefined = cgroupRoot()): Promise<void> {
  if (root === undefined) return;
  const path = `${root}/${PARENT}/${name}`;
  if (!existsSync(path)) return;
  // Since Linux 5.14; before, whoever was in it has been ended one by one.
  if (existsSync(`${path}/cgroup.kill`)) writeFileSync(`${path}/cgroup.kill`, '1');
  const until = monotonic() + PATIENCE;
  while (!removeGroup(path)) {
    if (monotonic() > until)
      throw new LimitGroupBusyError(
        `the control group ${path} cannot be removed: processes in it do not end; see its cgroup.procs, then \`netwright clean\``,
      );
    await sleep(2);
  }
  removeGroup(`${root}/${PARENT}`);
}

/** As {@link removeLimits}, for whoever goes on past failures: gives them. */
export async function endLimits(name: string): Promise<unknown[]> {
  try {
    await removeLimits(name);
    return [];
  } catch (error) {
    return [error];
  }
}

/** Whether it is gone. One that has processes or groups stays. */
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

/** What to do when a group does not pass a controller on: cgroups(7). */
const REMEDIES: Readonly<Record<string, string>> = {
  // No internal processes: only the machine's own root may have both.
  EBUSY: 'it contains processes: move them to a child group, or omit the limit',
  EOPNOTSUPP: 'it is a threaded group: start this in another one, or omit the limit',
};

/** Has a group pass controllers on to those in it. @throws CapabilityError */
function passOn(group: string, controllers: readonly string[]): void {
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
