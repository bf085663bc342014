import { existsSync, readFileSync } from 'node:fs';
import { ipFromBigInt, parseIp, type Ip } from '../addr/index.ts';
import { UPLINK_PID } from './in-world.ts';

/**
 * The addresses of the network that a rootless world's traffic is carried out in: those of whoever carries it. None where
 * nobody does.
 */
export function machineAddresses(): ReadonlySet<Ip> {
  const pid = existsSync(UPLINK_PID) ? Number(readFileSync(UPLINK_PID, 'latin1')) : 0;
  return pid > 0 ? new Set([...ipv4Of(pid), ...ipv6Of(pid)]) : new Set();
}

/** From what the kernel prints of its routes, which anybody may read: below each address is what it is. */
function ipv4Of(pid: number): Ip[] {
  const found: Ip[] = [];
  let address = '';
  for (const line of linesOf(`/proc/${pid}/net/fib_trie`)) {
    address = /\|-- (\S+)/.exec(line)?.[1] ?? address;
    if (line.includes('/32 host LOCAL')) found.push(parseIp(address));
  }
  return found;
}

/** One a line, in hexadecimal without colons (proc_pid_net(5)). */
const ipv6Of = (pid: number): Ip[] =>
  linesOf(`/proc/${pid}/net/if_inet6`)
    .filter((line) => line !== '')
    .map((line) => ipFromBigInt(BigInt(`0x${line.slice(0, 32)}`), 6));

function linesOf(path: string): string[] {
  try {
    return readFileSync(path, 'latin1').split('\n');
  } catch {
    // Nobody carries it any more, or there is no such family.
    return [];
  }
}
