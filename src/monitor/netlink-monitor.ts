import { libc, SyscallError } from '../ffi/index.ts';
import { HOST, type NamespaceName } from '../state/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkListener, NetlinkSocket, type Event } from '../netlink/index.ts';
import { visitNamespaces, findNamespace, namespaceInode, openOwnNamespace, type LabMounts } from '../netns/index.ts';
import {
  addNsid,
  RTM_DELNSID,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV4_NETCONF,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV6_NETCONF,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_IPV6_RULE,
  RTNLGRP_LINK,
  RTNLGRP_NEIGH,
  RTNLGRP_NSID,
} from '../rtnetlink/index.ts';
import { namespaceFile } from '../proc/index.ts';

const ROUTE_GROUPS = [
  RTNLGRP_LINK,
  RTNLGRP_NEIGH,
  RTNLGRP_IPV4_IFADDR,
  RTNLGRP_IPV6_IFADDR,
  RTNLGRP_IPV4_ROUTE,
  RTNLGRP_IPV6_ROUTE,
  RTNLGRP_IPV4_RULE,
  RTNLGRP_IPV6_RULE,
  // Forwarding and source validation.
  RTNLGRP_IPV4_NETCONF,
  RTNLGRP_IPV6_NETCONF,
  // Of the monitor's own namespace: nsids whose namespaces are gone.
  RTNLGRP_NSID,
];

/** The group of changes in nftables (linux/netfilter/nfnetlink.h). */
const NFNLGRP_NFTABLES = 7;

/** How many namespaces are open at a time while they get their nsids. */
const BATCH_SIZE = 64;

export interface MonitorListener {
  /** @param namespace the namespace that the event is from */
  readonly onEvent: (namespace: NamespaceName, event: Event) => void;
  /** A namespace is gone. */
  readonly onGone: () => void;
  /** Some events were lost (ENOBUFS). */
  readonly onLost: () => void;
}

/**
 * Receives netlink events of all namespaces of a lab and of the host, in an empty network namespace that has no name
 * and ends with its sockets. A socket with NETLINK_LISTEN_ALL_NSID receives the events of each namespace that has an
 * nsid in the socket's own namespace (netlink(7)). The kernel assigns nsids when a veth pair connects two namespaces:
 * sockets in the lab's own namespace would receive events of nodes on its bridges, and not of nodes without interfaces
 * or with links to other nodes only. In the monitor's own namespace, every namespace can get an nsid without a change
 * in any of them.
 */
export class NetlinkMonitor {
  readonly #labMounts: LabMounts;
  readonly #socket: NetlinkSocket;
  readonly #listeners: NetlinkListener[] = [];
  /** The namespaces whose events are received, by name. */
  readonly #subscribed = new Map<NamespaceName, { readonly inode: number; readonly nsid: number }>();
  /** The names of these namespaces, by nsid. */
  readonly #names = new Map<number, NamespaceName>();
  /** The next nsid. None is used twice: late events of a namespace that is gone are ignored. */
  #next = 0;

  /** @throws SyscallError */
  constructor(labMounts: LabMounts, { onEvent, onGone, onLost }: MonitorListener) {
    this.#labMounts = labMounts;
    const dispatch = (event: Event): void => {
      const name = event.nsid === undefined ? undefined : this.#names.get(event.nsid);
      if (name !== undefined) onEvent(name, event);
      else if (event.nsid === undefined && event.type === RTM_DELNSID) onGone();
    };
    try {
      this.#socket = visitNamespaces((thread) => {
        thread.create();
        this.#listen({ protocol: NETLINK_ROUTE, groups: ROUTE_GROUPS, onEvent: dispatch, onLost });
        this.#listenToNftables(dispatch, onLost);
        return NetlinkSocket.open(NETLINK_ROUTE);
      });
    } catch (error) {
      for (const listener of this.#listeners) void listener.close();
      throw error;
    }
  }

  #listenToNftables(onEvent: (event: Event) => void, onLost: () => void): void {
    try {
      this.#listen({ protocol: NETLINK_NETFILTER, groups: [NFNLGRP_NFTABLES], onEvent, onLost });
    } catch (error) {
      // A kernel without nftables sends no such events.
      if (!(error instanceof SyscallError && error.code === 'EPROTONOSUPPORT')) throw error;
    }
  }

  #listen(options: ConstructorParameters<typeof NetlinkListener>[0]): void {
    this.#listeners.push(new NetlinkListener(options));
  }

  /**
   * Subscribes to every namespace that the lab has now and to the host, and forgets those that are gone.
   * @returns the new ones
   */
  subscribe(): NamespaceName[] {
    const present = new Map<NamespaceName, number>([[HOST, namespaceInode(namespaceFile('thread-self', 'net'))]]);
    for (const name of this.#labMounts.names())
      if (this.#labMounts.alive(name)) present.set(name, namespaceInode(this.#labMounts.path(name)));
    for (const [name, { inode, nsid }] of this.#subscribed) {
      if (present.get(name) === inode) continue;
      this.#subscribed.delete(name);
      this.#names.delete(nsid);
    }
    const added = [...present.keys()].filter((name) => !this.#subscribed.has(name));
    for (let i = 0; i < added.length; i += BATCH_SIZE) {
      for (const name of this.#assignNsids(added.slice(i, i + BATCH_SIZE))) {
        this.#subscribed.set(name, { inode: present.get(name)!, nsid: this.#next });
        this.#names.set(this.#next++, name);
      }
    }
    return added;
  }

  /** Assigns the next nsids. Returns the namespaces that still existed, in order. */
  #assignNsids(names: readonly NamespaceName[]): NamespaceName[] {
    const descriptors: number[] = [];
    const batch = this.#socket.batch();
    try {
      const assigned = names.filter((name) => {
        const fd = this.#open(name);
        if (fd === undefined) return false;
        addNsid(batch, fd, this.#next + descriptors.length);
        descriptors.push(fd);
        return true;
      });
      batch.send();
      return assigned;
    } finally {
      descriptors.forEach(libc.close);
    }
  }

  #open(name: NamespaceName): number | undefined {
    return name === HOST ? openOwnNamespace() : findNamespace(this.#labMounts.path(name));
  }

  /** Dispatches all events that have been received so far. */
  drain(): void {
    for (const listener of this.#listeners) listener.drain();
  }

  async close(): Promise<void> {
    this.#socket.close();
    for (const listener of this.#listeners) await listener.close();
  }
}
