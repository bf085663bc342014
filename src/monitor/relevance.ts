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

/** Messages of nf_tables: NFNL_SUBSYS_NFTABLES in the upper byte of the type. */
const NFTABLES = 10;
/** NFT_MSG_NEWGEN ends each transaction, and says nothing but its number. */
const NEWGEN = 15;
/** struct nfgenmsg of linux/netfilter/nfnetlink.h. */
const NFGENMSG_SIZE = 4;
/** Whatever a message of nf_tables is about, its first attribute is the table's name. */
const ofTable = attributes('nftables event', { table: attribute(1, cString()) });

/** Tells events that may mean that a lab is not what it should be from those that cannot. */
export class RelevanceFilter {
  readonly #host: HostParts;
  /** The host's links that are, or last were, the lab's: a link that is renamed is known by its index. */
  readonly #hostLinks = new Set<number>();

  constructor(host: HostParts) {
    this.#host = host;
    this.look();
  }

  /** Looks up which of the host's links are the lab's now. */
  look(): void {
    using socket = NetlinkSocket.open(NETLINK_ROUTE);
    for (const { name } of this.#host.links) {
      const link = findLink(socket, name);
      if (link !== undefined) this.#hostLinks.add(link.index);
    }
  }

  /**
   * Whether an event of a namespace is to be looked into.
   * @param known what the lab was last seen to be
   */
  isRelevant(namespace: NamespaceName, event: Event, known: ObservedState | undefined): boolean {
    const { type, flags, from, start, end } = event;
    if (type >>> 8 === NFTABLES) {
      if ((type & 0xff) === NEWGEN) return false;
      if (namespace !== HOST) return true;
      const { table } = ofTable.read(from, start + NFGENMSG_SIZE, end);
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
        // Entries that come and go with the traffic are no part of a lab; those that were made by hand are.
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
        // As observed: those of the kernel and of routing daemons are not ours, unless they take the place of one that is.
        const { protocol } = routeMessage.read(from, start, end);
        return protocol === RTPROT_STATIC || protocol === RTPROT_BOOT || (flags & NLM_F_REPLACE) !== 0;
      }
      case RTM_NEWRULE:
      case RTM_DELRULE:
        return namespace !== HOST;
      default:
        // Numbers of namespaces, which being looked at may give out.
        return false;
    }
  }
}
