import { CapabilityError } from '../base/error.ts';
import { libc } from '../ffi/index.ts';

const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

const has = (capabilities: bigint, capability: bigint): boolean => ((capabilities >> capability) & 1n) === 1n;

/** Whether this process may make namespaces and change networks. */
export function hasPrivilege(): boolean {
  const capabilities = libc.effectiveCapabilities();
  return has(capabilities, CAP_NET_ADMIN) && has(capabilities, CAP_SYS_ADMIN);
}

/** @throws CapabilityError unless this process may make namespaces and change networks */
export function requirePrivilege(purpose: string): void {
  if (hasPrivilege()) return;
  throw new CapabilityError(
    `${purpose} needs root (CAP_NET_ADMIN and CAP_SYS_ADMIN)`,
    'run it with sudo, or without root as `netwright rootless -- COMMAND`',
  );
}
