import { existsSync, readFileSync } from 'node:fs';
import { parseIp } from '../addr/index.ts';
import { CapabilityError } from '../base/index.ts';
import { RUN_DIRECTORY } from '../netns/index.ts';
import { rootlessFacts, UPLINK_PROGRAMS } from './facts.ts';
import { uplinkRefusal } from './uplink-refusal.ts';
import { hasDefaultRoute } from '../proc/index.ts';

/**
 * Exists only in the user namespace of a user's labs. Contains the process id of its holder, which has the file locked
 * as long as it lives.
 */
export const HOLDER_FILE = `${RUN_DIRECTORY}/.holder`;

/** The latest error output of the uplink program, inside the user namespace. */
export const UPLINK_LOG = `${RUN_DIRECTORY}/.uplink.log`;

/** The process id of the uplink program. */
export const UPLINK_PID = `${RUN_DIRECTORY}/.uplink.pid`;

/** The link that connects the user namespace to the host's network. */
export const UPLINK_NAME = 'uplink';

/** Its subnet: in the range for the uplinks of labs, which is reserved for benchmarks (RFC 2544). */
export const UPLINK_SUBNET = '198.19.255.0/24';

/**
 * The address in that subnet where queries are forwarded to the host's resolver, which may listen on the host's
 * loopback only.
 */
export const UPLINK_RESOLVER = parseIp('198.19.255.3');

/**
 * The name under which a directory that was replaced in the user namespace is still mounted, with all mounts below it.
 */
export const HOST_FOLDER = '.host';

/** The host's /etc, as seen inside the user namespace. */
export const HOST_ETC = `/etc/${HOST_FOLDER}`;

/** True if this process is in the user namespace of a user's labs: its root is an unprivileged user on the host. */
export const isRootless = (): boolean => existsSync(HOLDER_FILE);

/** True if the network namespace of a process has a default route over the uplink. */
export const hasUplink = (who: number | 'self'): boolean => hasDefaultRoute(who, 4, UPLINK_NAME);

/** True if IPv6 packets can leave from here. False only in a user namespace whose uplink has no IPv6 default route. */
export const hasIpv6Uplink = (): boolean => !isRootless() || hasDefaultRoute('thread-self', 6, UPLINK_NAME);

/**
 * @param what the subject and verb of the message: `nodes with internet of lab "shop" take`
 * @throws CapabilityError in a user namespace that has no uplink to the host's network
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
    `${what} internet access from your user namespace, but ${UPLINK_PROGRAMS.join(' or ')} failed: ${uplinkErrors()}`,
    'try again when this machine is connected',
  );
}

function uplinkErrors(): string {
  const text = existsSync(UPLINK_LOG) ? readFileSync(UPLINK_LOG, 'utf8') : '';
  return (
    text
      .split('\n')
      .filter((line) => line.trim() !== '' && !line.includes('to syslog'))
      .join('; ') || 'no reason given'
  );
}
