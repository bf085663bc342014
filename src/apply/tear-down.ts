import { NETLINK_ROUTE, NetlinkError, NetlinkSocket } from '../netlink/index.ts';
import type { Pins } from '../netns/index.ts';
import { getLink, linkMessage, RTM_DELLINK } from '../rtnetlink/index.ts';
import { isHostLink, type HostParts } from '../state/index.ts';
import { putBackHostSettings, type Restored } from './host-settings.ts';
import { deleteHostTables } from './host-tables.ts';

/**
 * Removes everything of a lab, whatever state it is in: what it has on the host, then all its namespaces at once. The
 * kernel takes the namespaces apart after this has returned. Goes on past failures and reports them together.
 */
export function tearDown(pins: Pins, host: HostParts): Restored & { readonly failures: readonly unknown[] } {
  const failures: unknown[] = [];
  const attempt = <T>(fn: () => T): T | undefined => {
    try {
      return fn();
    } catch (error) {
      failures.push(error);
      return undefined;
    }
  };
  // The link first: its other end is in a namespace that lives until the kernel gets round to it.
  attempt(() => deleteHostLinks(host.links));
  attempt(() => deleteHostTables(host.tables));
  const restored = attempt(putBackHostSettings);
  attempt(() => pins.unmount());
  return { restored: restored?.restored ?? [], kept: restored?.kept ?? [], failures };
}

function deleteHostLinks(parts: HostParts['links']): void {
  using socket = NetlinkSocket.open(NETLINK_ROUTE);
  for (const part of parts) {
    try {
      const link = getLink(socket, part.name);
      if (!isHostLink(part, link)) continue;
      const batch = socket.batch();
      batch.add(
        RTM_DELLINK,
        0,
        linkMessage,
        { family: 0, type: 0, index: link.index, flags: 0, change: 0 },
        `delete link "${part.name}" on the host`,
      );
      batch.send();
    } catch (error) {
      if (!(error instanceof NetlinkError && error.code === 'ENODEV')) throw error;
    }
  }
}
