import { CapabilityError } from '../base/index.ts';
import { libc } from '../ffi/index.ts';

/** Numbers of capabilities: capabilities(7), linux/capability.h. */
export const CAP_NET_ADMIN = 12n;
export const CAP_NET_RAW = 13n;
export const CAP_SYS_CHROOT = 18n;
export const CAP_SYS_ADMIN = 21n;

/** Whether this thread has all of some capabilities in force. */
export function hasCapabilities(...needed: readonly bigint[]): boolean {
  const held = libc.effectiveCapabilities();
  return needed.every((capability) => ((held >> capability) & 1n) === 1n);
}

export const isRoot = (): boolean => process.geteuid?.() === 0;

/** Whether this process may make namespaces and change networks. */
export const hasPrivilege = (): boolean => hasCapabilities(CAP_NET_ADMIN, CAP_SYS_ADMIN);

/** @throws CapabilityError unless this process may make namespaces and change networks */
export function requirePrivilege(purpose: string): void {
  if (hasPrivilege()) return;
  throw new CapabilityError(
    `${purpose} needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN)`,
    'run it with sudo, or without root as `netwright rootless -- COMMAND`',
  );
}
