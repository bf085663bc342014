import { UPLINK_PROGRAMS, type RootlessFacts } from './facts.ts';
import type { Refusal } from './refusal.ts';

/** Returns why labs without root cannot reach the host's network; undefined if nothing is known to prevent it. */
export function uplinkRefusal({ programs, tun }: RootlessFacts): Refusal | undefined {
  if (!UPLINK_PROGRAMS.some((program) => programs.has(program))) {
    return {
      detail: 'neither pasta nor slirp4netns is installed',
      fix: 'sudo apt-get install passt (or: sudo apt-get install slirp4netns)',
    };
  }
  if (tun === 'absent')
    return { detail: 'there is no /dev/net/tun', fix: 'sudo modprobe tun (in a container: --device /dev/net/tun)' };
  if (tun === 'closed')
    return { detail: 'permission denied for /dev/net/tun', fix: 'sudo chmod 0666 /dev/net/tun, as udev has it' };
  return undefined;
}
