import { readFileSync, statSync } from 'node:fs';
import { majorOf, minorOf } from './device-number.ts';

/** A mount of the namespace that this thread is in: proc_pid_mountinfo(5). */
export interface Mounted {
  readonly path: string;
  readonly type: string;
  /** `major:minor`, as stat(2) gives it of what is in it. */
  readonly device: string;
}

/** The mounts of some types that can be reached by their paths: nothing else is mounted over them, and no folder hides them. */
export function reachableMounts(types: { has(type: string): boolean }): Mounted[] {
  const found = new Map<string, Mounted>();
  for (const line of readFileSync('/proc/thread-self/mountinfo', 'utf8').split('\n')) {
    const [mount = '', rest = ''] = line.split(' - ');
    const type = rest.split(' ', 1)[0]!;
    if (!types.has(type)) continue;
    const [, , device = '', , path = ''] = mount.split(' ');
    const mounted = { path: path.replaceAll(/\\([0-7]{3})/g, unescape), type, device };
    if (isReachable(mounted)) found.set(mounted.path, mounted);
  }
  return [...found.values()];
}

const unescape = (_: string, code: string): string => String.fromCharCode(Number.parseInt(code, 8));

/** Whether its path leads to a mount, and not to what is over it. */
function isReachable({ path, device }: Mounted): boolean {
  try {
    const { dev } = statSync(path);
    return `${majorOf(dev)}:${minorOf(dev)}` === device;
  } catch {
    return false;
  }
}
