import { existsSync, readFileSync } from 'node:fs';
import { CapabilityError } from '../../base/error.ts';
import { RUN_DIRECTORY } from '../../netns/index.ts';
import { rootlessFacts, UPLINK_PROGRAMS } from './facts.ts';
import { wayOut } from './way-out.ts';

/** In every rootless world, and nowhere else: names the process that holds it, which has it locked for as long as it lives. */
export const WORLD_FILE = `${RUN_DIRECTORY}/.world`;

/** What the program that carries traffic out last complained of, in its world. */
export const UPLINK_LOG = `${RUN_DIRECTORY}/.uplink.log`;

/** The link of a world by which it reaches the host's network. */
export const UPLINK_NAME = 'uplink';

/** Whether this process is in a rootless world: where what looks like root is an ordinary user outside. */
export const inWorld = (): boolean => existsSync(WORLD_FILE);

/** Whether the namespace of `/proc/PID` has its way out: a default route by the link that is made for it. */
export function hasUplink(pid: number | 'self'): boolean {
  try {
    // Interface, destination, … as in /proc/net/route of proc_pid_net(5): all zeros is the default route.
    return readFileSync(`/proc/${pid}/net/route`, 'latin1')
      .split('\n')
      .some((line) => /^(\S+)\t0{8}\t/.exec(line)?.[1] === UPLINK_NAME);
  } catch {
    return false;
  }
}

/** @throws CapabilityError in a rootless world that has no way out to the host's network */
export function requireUplink(lab: string): void {
  if (!inWorld() || hasUplink('self')) return;
  const refusal = wayOut(rootlessFacts({ trial: false }));
  if (refusal !== undefined) {
    throw new CapabilityError(
      `lab "${lab}" has nodes with internet, which takes a way out of your user namespace: ${refusal.detail}`,
      `to get one: ${refusal.fix}; then try again`,
    );
  }
  throw new CapabilityError(
    `lab "${lab}" has nodes with internet, and ${UPLINK_PROGRAMS.join(' or ')} could not give your user namespace a way out: ${lastWords()}`,
    'try again once this machine itself is connected',
  );
}

function lastWords(): string {
  const text = existsSync(UPLINK_LOG) ? readFileSync(UPLINK_LOG, 'utf8') : '';
  return (
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.includes('to syslog'))
      .join('; ') || 'it did not say why'
  );
}
