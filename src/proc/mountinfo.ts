import { statSync } from 'node:fs';
import { majorOf, minorOf } from './device-number.ts';
import { readText, type Who } from './read.ts';

/** A mount, as a line of proc_pid_mountinfo(5) has it. */
export interface Mounted {
  /** Where it is, as whoever reads the file sees it. */
  readonly path: string;
  readonly type: string;
  /** `major:minor`, as stat(2) gives it of what is in it. */
  readonly device: string;
  /** The peer group that it is in, and the one that it is a slave of: mount_namespaces(7). */
  readonly shared?: string;
  readonly master?: string;
}

/** The fields before the optional ones, which a hyphen ends. */
const OPTIONAL = 6;

/** Reads one line; undefined for what is none. Spaces and line breaks in paths are escaped. */
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

/** All mounts of a text. */
export const parseMountinfo = (text: string): Mounted[] => text.split('\n').flatMap((line) => parseMount(line) ?? []);

const unescapePath = (path: string): string =>
  path.includes('\\') ? path.replaceAll(/\\([0-7]{3})/g, (_, code: string) => charOf(code)) : path;

const charOf = (code: string): string => String.fromCharCode(Number.parseInt(code, 8));

/**
 * The mounts of a text below a folder. Lines without the folder's name are not looked at: there may be thousands, for each of
 * thousands of processes.
 * @param folder an absolute path in which nothing needs to be escaped
 */
export function mountsBelow(text: string, folder: string): Mounted[] {
  const found: Mounted[] = [];
  const words = ` ${folder}/`;
  for (let at = text.indexOf(words); at >= 0;) {
    const end = text.indexOf('\n', at);
    const stop = end < 0 ? text.length : end;
    const mount = parseMount(text.slice(text.lastIndexOf('\n', at) + 1, stop));
    if (mount?.path.startsWith(`${folder}/`) === true) found.push(mount);
    at = text.indexOf(words, stop);
  }
  return found;
}

/** The mount that holds a path: the last of those that lie deepest. */
export function mountOf(mounts: readonly Mounted[], path: string): Mounted | undefined {
  let holder: Mounted | undefined;
  for (const mount of mounts) {
    if (mount.path.length < (holder?.path.length ?? 0)) continue;
    if (mount.path === '/' || path === mount.path || path.startsWith(`${mount.path}/`)) holder = mount;
  }
  return holder;
}

/** What a process sees mounted, as text (proc_pid_mountinfo(5)); nothing when it has ended. */
export const mountinfoOf = (who: Who): string => readText(`/proc/${who}/mountinfo`, 'utf8') ?? '';

/**
 * The mounts of some types that this thread can reach by their paths: nothing else is mounted over them, and no folder hides
 * them.
 */
export function reachableMounts(types: { has(type: string): boolean }): Mounted[] {
  const found = new Map<string, Mounted>();
  for (const mount of parseMountinfo(mountinfoOf('thread-self')))
    if (types.has(mount.type) && isReachable(mount)) found.set(mount.path, mount);
  return [...found.values()];
}

/** Whether its path leads to a mount, and not to what is over it. */
function isReachable({ path, device }: Mounted): boolean {
  try {
    const { dev } = statSync(path);
    return `${majorOf(dev)}:${minorOf(dev)}` === device;
  } catch {
    return false;
  }
}
