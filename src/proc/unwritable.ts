import { CapabilityError } from '../base/index.ts';

/** The directories that labs must be able to write, and how to get that where root cannot: in containers. */
const REMEDIES: readonly (readonly [folder: string, remedy: string])[] = [
  ['/proc/sys', 'run the container with --privileged, or with a writable /proc/sys'],
  ...['/run', '/etc'].map(
    (folder) => [folder, `mount -o remount,rw ${folder}, or a container with --tmpfs ${folder}`] as const,
  ),
];

/** How to make a path writable for root; undefined for a path that labs do not need. */
export const remedyFor = (path: string): string | undefined =>
  REMEDIES.find(([folder]) => path === folder || path.startsWith(`${folder}/`))?.[1];

/**
 * Runs `write`, and replaces a permission error by one that says what to do, as `netwright doctor` does.
 * @param path the path that `write` writes
 * @throws CapabilityError for EROFS, EACCES and EPERM; other errors unchanged
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
