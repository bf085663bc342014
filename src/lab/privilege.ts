import { readFileSync } from 'node:fs';
import { CapabilityError } from '../base/error.ts';

const CAP_NET_ADMIN = 12n;
const CAP_SYS_ADMIN = 21n;

/** The capabilities in force, as bits (capabilities(7)). */
function effectiveCapabilities(): bigint {
  const match = /^CapEff:\s*([0-9a-f]+)$/m.exec(readFileSync('/proc/thread-self/status', 'latin1'));
  return match === null ? 0n : BigInt(`0x${match[1]}`);
}

const has = (capabilities: bigint, capability: bigint): boolean => ((capabilities >> capability) & 1n) === 1n;

/** Whether this process may make namespaces and change networks. */
export function hasPrivilege(): boolean {
  const capabilities = effectiveCapabilities();
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
