import { deriveMac, type Mac } from '../addr/index.ts';
import { fittingName } from './names.ts';

/** The name of the interface that leads out: the bridge in the lab's namespace, and a node's own with `internet`. */
export const UPLINK = 'uplink';

/** The port of the uplink's bridge that leads to the host. */
export const HOST_PORT = 'host';

/** The host's end of a lab's uplink. */
export const hostLinkName = (lab: string): string => fittingName(`nw-${lab}`, 'nw-');

/** The host's ends of all labs' uplinks. */
export const LABS = 'nw-*';

/** The host's nftables table for a lab, of family `inet`. */
export const hostTableName = (lab: string): string => `netwright-${lab}`;

/** The nftables table in a lab's own namespaces, of family `inet`. */
export const LAB_TABLE = 'netwright';

/** What the host's end is known by, besides its name: somebody else may have a link called so. */
export const hostLinkMac = (lab: string): Mac => deriveMac(lab, '', '', 'host');

/** What the host's table is known by, besides its name. */
export const hostTableComment = (lab: string): string => `netwright lab ${lab}`;
