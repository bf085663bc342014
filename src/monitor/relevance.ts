import { AF_BRIDGE } from '../ffi/index.ts';
import { HOST, type NamespaceName, type ObservedState } from '../state/index.ts';
import { NETLINK_ROUTE, NetlinkSocket, NLM_F_REPLACE, type Event } from '../netlink/index.ts';
import {
  addressMessage,
  findLink,
  linkMessage,
  neighbourMessage,
  NUD_PERMANENT,
  routeMessage,
  RTM_DELADDR,
  RTM_DELLINK,
  RTM_DELNEIGH,
  RTM_DELNETCONF,
  RTM_DELROUTE,
  RTM_DELRULE,
  RTM_NEWADDR,
  RTM_NEWLINK,
  RTM_NEWNEIGH,
  RTM_NEWNETCONF,
  RTM_NEWROUTE,
  RTM_NEWRULE,
  RTPROT_BOOT,
  RTPROT_STATIC,
} from '../rtnetlink/index.ts';
import type { HostParts } from '../observe/index.ts';
import { attribute, attributes, cString } from '../wire/index.ts';

/** NFNL_SUBSYS_NFTABLES: the upper byte of the type of nf_tables messages. */
const NFTABLES = 10;
/** NFT_MSG_NEWGEN ends each transaction, and contains only its number. */
const NEWGEN = 15;
/** The size of struct nfgenmsg (linux/netfilter/nfnetlink.h), in bytes. */
const NFGENMSG_SIZE = 4;
/** Attribute 1 of every nf_tables message, whatever its object, is the table's name. */
const tableName = attributes('nftables event', { table: attribute(1, cString()) });

/** Separates events that can mean a deviation of the lab from those that cannot. */
export class RelevanceFilter {
  readonly #host: HostParts;
  /** The indexes of host links that are the lab's, or were: a link that was renamed is identified by its index. */
  readonly #hostLinks = new Set<number>();

  constructor(host: HostParts) {
    this.#host = host;
    this.readHostLinks();
  }

  /** Reads which links on the host are the lab's now. */
  readHostLinks(): void {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    for (const { name } of this.#host.links) {
      const link = findLink(socket, name);
      if (link !== undefined) this.#hostLinks.add(link.index);
    }
  }

  /**
   * Whether the namespace must be compared with the topology after this event.
   * @param known the lab's state when it was last read
   */
  isRelevant(namespace: NamespaceName, event: Event, known: ObservedState | undefined): boolean {
    const { type, flags, from, start, end } = event;
    if (type >>> 8 === NFTABLES) {
      if ((type & 0xff) === NEWGEN) return false;
      if (namespace !== HOST) return true;
      const { table } = tableName.read(from, start + NFGENMSG_SIZE, end);
      return this.#host.tables.some(({ name }) => name === table);
    }
    switch (type) {
      case RTM_NEWLINK:
      case RTM_DELLINK: {
        if (namespace !== HOST) return true;
        const { index, name } = linkMessage.read(from, start, end);
        return this.#hostLinks.has(index) || this.#host.links.some((link) => link.name === name);
      }
      case RTM_NEWADDR:
      case RTM_DELADDR:
        return namespace !== HOST || this.#hostLinks.has(addressMessage.read(from, start, end).index);
      case RTM_NEWNETCONF:
      case RTM_DELNETCONF:
        return true;
      case RTM_NEWNEIGH:
      case RTM_DELNEIGH: {
        if (namespace === HOST) return false;
        // Entries that traffic creates are no part of a lab; permanent ones are (`ip neigh add`).
        const { family, state } = neighbourMessage.read(from, start, end);
        if (family === AF_BRIDGE) return false;
        return (
          (state & NUD_PERMANENT) !== 0 ||
          known === undefined ||
          (known.namespaces[namespace]?.neighbours.length ?? 0) > 0
        );
      }
      case RTM_NEWROUTE:
      case RTM_DELROUTE: {
        if (namespace === HOST) return false;
        // Routes of the kernel and of routing daemons are no part of a lab, unless they replace one of its routes.
        const { protocol } = routeMessage.read(from, start, end);
        return protocol === RTPROT_STATIC || protocol === RTPROT_BOOT || (flags & NLM_F_REPLACE) !== 0;
      }
      case RTM_NEWRULE:
      case RTM_DELRULE:
        return namespace !== HOST;
      default:
        // RTM_NEWNSID and others: reading a namespace can assign an nsid.
        return false;
    }
  }
}
