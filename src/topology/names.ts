import { deriveMac, type Mac } from '../addr/index.ts';
import { fittingName } from '../format/index.ts';

/** The name of the uplink: the bridge in the lab's own namespace, and the interface of a node with an uplink. */
export const UPLINK = 'uplink';

/** The port of the uplink bridge whose veth peer is in the host's namespace. */
export const HOST_PORT = 'host';

/** The prefix of the name of every lab's link on the host. Other links can have the same prefix. */
export const HOST_LINK_PREFIX = 'nw-';

/** The name of the host's end of a lab's uplink. */
export const hostLinkName = (lab: string): string => fittingName(`${HOST_LINK_PREFIX}${lab}`, HOST_LINK_PREFIX);

/** An nftables pattern that matches the host's ends of all labs' uplinks. */
export const HOST_LINKS_PATTERN = `${HOST_LINK_PREFIX}*`;

/** The name of the host's nftables table for a lab, of family `inet`. */
export const hostTableName = (lab: string): string => `${HOST_TABLE_PREFIX}${lab}`;

const HOST_TABLE_PREFIX = 'netwright-';

/** The name of the nftables table in the namespaces of a lab, of family `inet`. */
export const LAB_TABLE = 'netwright';

/** The MAC address that identifies the host's end, since a foreign link can have the same name. */
export const hostLinkMac = (lab: string): Mac => deriveMac(lab, '', '', 'host');

/** The comment that identifies the host's table, since a foreign table can have the same name. */
export const hostTableComment = (lab: string): string => `netwright lab ${lab}`;

/** Returns the name of the lab that a table on the host belongs to; undefined for a foreign table. */
export function labOfHostTable({ family, name, comment }: HostTableNames): string | undefined {
  const lab = name.startsWith(HOST_TABLE_PREFIX) ? name.slice(HOST_TABLE_PREFIX.length) : '';
  return lab !== '' && family === 'inet' && comment === hostTableComment(lab) ? lab : undefined;
}

interface HostTableNames {
  readonly family: string;
  readonly name: string;
  readonly comment?: string;
}

/**
 * The routing table for packets whose source is the uplink's address, in a node that publishes ports: replies leave
 * through the uplink, where the requests arrived.
 */
export const PUBLISH_TABLE = 28279;
