import { CapabilityError } from '../base/index.ts';
import { libc } from '../ffi/index.ts';

/** Capability numbers: capabilities(7), linux/capability.h. */
export const CAP_NET_ADMIN = 12n;
export const CAP_NET_RAW = 13n;
export const CAP_SYS_CHROOT = 18n;
export const CAP_SYS_ADMIN = 21n;

/** True if all the given capabilities are in the effective set of this thread. */
export function hasCapabilities(...needed: readonly bigint[]): boolean {
  const effective = libc.effectiveCapabilities();
  return needed.every((capability) => ((effective >> capability) & 1n) === 1n);
}

export const isRoot = (): boolean => process.geteuid?.() === 0;

/** True if this process may create namespaces and configure networks: CAP_NET_ADMIN and CAP_SYS_ADMIN. */
export const hasPrivilege = (): boolean => hasCapabilities(CAP_NET_ADMIN, CAP_SYS_ADMIN);

/** @throws CapabilityError unless this process may create namespaces and configure networks */
export function requirePrivilege(purpose: string): void {
  if (hasPrivilege()) return;
  throw new CapabilityError(
    `${purpose} needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN)`,
    'run it with sudo, or without root as `netwright rootless -- COMMAND`',
  );
}
