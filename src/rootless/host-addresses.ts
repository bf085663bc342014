import { existsSync, readFileSync } from 'node:fs';
import { ipFromBigInt, parseIp, type Ip } from '../addr/index.ts';
import { UPLINK_PID } from './inside.ts';
import { localAddresses4, localAddresses6 } from '../proc/index.ts';

/** The addresses of the host's network namespace: that of the uplink program. Empty if no uplink program runs. */
export function hostAddresses(): ReadonlySet<Ip> {
  const pid = existsSync(UPLINK_PID) ? Number(readFileSync(UPLINK_PID, 'latin1')) : 0;
  // Every user can read them, in the network namespace of that process.
  const all =
    pid > 0
      ? [...localAddresses4(pid).map(parseIp), ...localAddresses6(pid).map((address) => ipFromBigInt(address, 6))]
      : [];
  return new Set(all);
}
