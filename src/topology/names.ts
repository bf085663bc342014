import { deriveMac, type Mac } from '../addr/index.ts';
import { fittingName } from '../format/index.ts';

/** The name of the interface that leads out: the bridge in the lab's namespace, and a node's own with `internet`. */
export const UPLINK = 'uplink';

/** The port of the uplink's bridge that leads to the host. */
export const HOST_PORT = 'host';

/** What the name of every lab's link on the host begins with; others' may, too. */
export const HOST_LINK_PREFIX = 'nw-';

/** The host's end of a lab's uplink. */
export const hostLinkName = (lab: string): string => fittingName(`${HOST_LINK_PREFIX}${lab}`, HOST_LINK_PREFIX);

/** The host's ends of all labs' uplinks. */
export const LABS = `${HOST_LINK_PREFIX}*`;

/** The host's nftables table for a lab, of family `inet`. */
export const hostTableName = (lab: string): string => `${HOST_TABLE_PREFIX}${lab}`;

const HOST_TABLE_PREFIX = 'netwright-';

/** The nftables table in a lab's own namespaces, of family `inet`. */
export const LAB_TABLE = 'netwright';

/** What the host's end is known by, besides its name: somebody else may have a link called so. */
export const hostLinkMac = (lab: string): Mac => deriveMac(lab, '', '', 'host');

/** What the host's table is known by, besides its name. */
export const hostTableComment = (lab: string): string => `netwright lab ${lab}`;

/** The lab whose table on the host this is; undefined for a table of others, whatever it is called. */
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
 * The routing table of what leaves with the uplink's address, in a node that publishes ports: answers go back the way that
 * questions came.
 */
export const PUBLISH_TABLE = 28279;
