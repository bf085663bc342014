import { existsSync, readFileSync } from 'node:fs';
import { parseIp } from '../addr/index.ts';
import { CapabilityError } from '../base/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';
import { rootlessFacts, UPLINK_PROGRAMS } from './facts.ts';
import { uplinkRefusal } from './uplink-refusal.ts';
import { hasDefaultRoute } from '../proc/index.ts';

/** In every rootless world, and nowhere else: names the process that holds it, which has it locked for as long as it lives. */
export const HOLDER_FILE = `${RUN_DIRECTORY}/.holder`;

/** What the program that carries traffic out last complained of, in its world. */
export const UPLINK_LOG = `${RUN_DIRECTORY}/.uplink.log`;

/** Which process that is. */
export const UPLINK_PID = `${RUN_DIRECTORY}/.uplink.pid`;

/** The link of a world by which it reaches the host's network. */
export const UPLINK_NAME = 'uplink';

/** Its subnet: of the range that labs take their uplinks from, which is set aside for tests between networks (RFC 2544). */
export const UPLINK_SUBNET = '198.19.255.0/24';

/** In it, where a question is passed on to the resolver of the machine, which may be on the machine's loopback. */
export const UPLINK_RESOLVER = parseIp('198.19.255.3');

/** Where a world has the folder that its own is in the place of, with everything mounted in it. */
export const HOST_FOLDER = '.host';

/** The machine's /etc, in a world. */
export const HOST_ETC = `/etc/${HOST_FOLDER}`;

/** Whether this process is in a rootless world: where what looks like root is an ordinary user outside. */
export const isRootless = (): boolean => existsSync(HOLDER_FILE);

/** Whether the namespace of a process has its way out: a default route by the link that is made for it. */
export const hasUplink = (who: number | 'self'): boolean => hasDefaultRoute(who, 4, UPLINK_NAME);

/** Whether what is sent by IPv6 from here has a way out: everywhere but in a rootless world that has none for it. */
export const hasIpv6Uplink = (): boolean => !isRootless() || hasDefaultRoute('thread-self', 6, UPLINK_NAME);

/**
 * @param what needs it: `nodes with internet of lab "shop" take`
 * @throws CapabilityError in a rootless world that has no way out to the host's network
 */
export function requireUplink(what: string): void {
  if (!isRootless() || hasUplink('self')) return;
  const refusal = uplinkRefusal(rootlessFacts({ trial: false }));
  if (refusal !== undefined) {
    throw new CapabilityError(
      `${what} internet access from your user namespace: ${refusal.detail}`,
      `to enable it: ${refusal.fix}; then try again`,
    );
  }
  throw new CapabilityError(
    `${what} internet access from your user namespace, but ${UPLINK_PROGRAMS.join(' or ')} failed: ${lastWords()}`,
    'try again when this machine is connected',
  );
}

function lastWords(): string {
  const text = existsSync(UPLINK_LOG) ? readFileSync(UPLINK_LOG, 'utf8') : '';
  return (
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.includes('to syslog'))
      .join('; ') || 'no reason given'
  );
}
