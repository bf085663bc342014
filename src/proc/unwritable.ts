import { CapabilityError } from '../base/index.ts';

/** The folders of a machine that labs need to write to, and how to get that where root may not: containers. */
const REMEDIES: readonly (readonly [folder: string, remedy: string])[] = [
  ['/proc/sys', 'run the container with --privileged, or with a writable /proc/sys'],
  ...['/run', '/etc'].map(
    (folder) => [folder, `mount -o remount,rw ${folder}, or a container with --tmpfs ${folder}`] as const,
  ),
];

/** What lets root write to a path that it may not write to; undefined for a path that no lab needs. */
export const remedyFor = (path: string): string | undefined =>
  REMEDIES.find(([folder]) => path === folder || path.startsWith(`${folder}/`))?.[1];

/**
 * Runs what writes to one of the machine's folders, and says of a refusal what `netwright doctor` knows.
 * @param path what is written to
 * @throws CapabilityError for EROFS, EACCES and EPERM; anything else as it is
 */
export function explainUnwritable<T>(path: string, write: () => T): T {
  try {
    return write();
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    const remedy = remedyFor(path);
    if (remedy === undefined || (code !== 'EROFS' && code !== 'EACCES' && code !== 'EPERM')) throw error;
    const why = code === 'EROFS' ? 'its file system is read-only' : `permission is denied (${code})`;
    throw new CapabilityError(
      `${path} cannot be written: ${why}`,
      `${process.geteuid!() === 0 ? remedy : 'run it with sudo'} (see \`netwright doctor\`)`,
      { cause: error },
    );
  }
}
