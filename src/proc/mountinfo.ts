import { statSync } from 'node:fs';
import { majorOf, minorOf } from './device-number.ts';
import { readText, type Who } from './read.ts';

/** A mount: a line of proc_pid_mountinfo(5). */
export interface Mounted {
  /** The mount point, relative to the root directory of the process that reads the file. */
  readonly path: string;
  readonly type: string;
  /** `major:minor`: the st_dev of its files. */
  readonly device: string;
  /** Its peer group, and the peer group of which it is a slave: mount_namespaces(7). */
  readonly shared?: string;
  readonly master?: string;
}

/** The number of fields before the optional fields, which end with a hyphen. */
const OPTIONAL = 6;

/** Parses one line; undefined if it is invalid. Spaces and line breaks in paths are escaped. */
export function parseMount(line: string): Mounted | undefined {
  const fields = line.split(' ');
  const end = fields.indexOf('-', OPTIONAL);
  const type = fields[end + 1];
  if (end < 0 || type === undefined) return undefined;
  const optional = fields.slice(OPTIONAL, end);
  const group = (name: string): string | undefined =>
    optional.find((field) => field.startsWith(`${name}:`))?.slice(name.length + 1);
  const [shared, master] = [group('shared'), group('master')];
  return {
    path: unescapePath(fields[4]!),
    type,
    device: fields[2]!,
    ...(shared === undefined ? {} : { shared }),
    ...(master === undefined ? {} : { master }),
  };
}

/** Parses the text of a mountinfo file. */
export const parseMountinfo = (text: string): Mounted[] => text.split('\n').flatMap((line) => parseMount(line) ?? []);

const unescapePath = (path: string): string =>
  path.includes('\\') ? path.replaceAll(/\\([0-7]{3})/g, (_, code: string) => charOf(code)) : path;

const charOf = (code: string): string => String.fromCharCode(Number.parseInt(code, 8));

/**
 * Parses only the mounts below a directory. Other lines are skipped without parsing: there can be thousands, for each
 * of thousands of processes.
 * @param folder an absolute path without characters that mountinfo escapes
 */
export function mountsBelow(text: string, folder: string): Mounted[] {
  const found: Mounted[] = [];
  const pattern = ` ${folder}/`;
  for (let at = text.indexOf(pattern); at >= 0;) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const mount = parseMount(text.slice(text.lastIndexOf('\n', at) + 1, stop));
    if (mount?.path.startsWith(`${folder}/`) === true) found.push(mount);
    at = text.indexOf(pattern, stop);
  }
  return found;
}

/** The mount that contains a path: the deepest one, and the last of several at the same mount point. */
export function mountOf(mounts: readonly Mounted[], path: string): Mounted | undefined {
  let holder: Mounted | undefined;
  for (const mount of mounts) {
    if (mount.path.length < (holder?.path.length ?? 0)) continue;
    if (mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`)) holder = mount;
  }
  return holder;
}

/** The text of a process's mountinfo (proc_pid_mountinfo(5)); empty if the process has ended. */
export const mountinfoOf = (who: Who): string => readText(`/proc/${who}/mountinfo`, 'utf8') ?? '';

/**
 * The mounts of the given file system types that this thread can reach by their paths: no other mount covers them, and
 * their parent directories can be searched.
 */
export function reachableMounts(types: { has(type: string): boolean }): Mounted[] {
  const found = new Map<string, Mounted>();
  for (const mount of parseMountinfo(mountinfoOf('thread-self')))
    if (types.has(mount.type) && isReachable(mount)) found.set(mount.path, mount);
  return [...found.values()];
}

/** True if the path leads to the mount, and not to one that covers it. */
function isReachable({ path, device }: Mounted): boolean {
  try {
    const { dev } = statSync(path);
    return `${majorOf(dev)}:${minorOf(dev)}` === device;
  } catch {
    return false;
  }
}
