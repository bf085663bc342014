import { existsSync, readFileSync } from 'node:fs';
import { ipFromBigInt, parseIp, type Ip } from '../addr/index.ts';
import { UPLINK_PID } from './inside.ts';
import { localAddresses4, localAddresses6 } from '../proc/index.ts';

/**
 * The addresses of the network that a rootless world's traffic is carried out in: those of whoever carries it. None where
 * nobody does.
 */
export function machineAddresses(): ReadonlySet<Ip> {
  const pid = existsSync(UPLINK_PID) ? Number(readFileSync(UPLINK_PID, 'latin1')) : 0;
  // Anybody may read them, in whose network namespace that is.
  const all =
    pid > 0 ? [...localAddresses4(pid).map(parseIp), ...localAddresses6(pid).map((one) => ipFromBigInt(one, 6))] : [];
  return new Set(all);
}
