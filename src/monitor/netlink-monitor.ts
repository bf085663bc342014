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
  // The monitor's own: which namespaces have gone.
  RTNLGRP_NSID,
];

/** Of linux/netfilter/nfnetlink.h: changes of tables and what is in them. */
const NFNLGRP_NFTABLES = 7;

/** How many namespaces are opened at a time to be numbered. */
const AT_ONCE = 64;

export interface MonitorListener {
  /** @param namespace where it happened */
  readonly onEvent: (namespace: NamespaceName, event: Event) => void;
  /** A namespace is no more. */
  readonly onGone: () => void;
  /** Some events were lost. */
  readonly onLost: () => void;
}

/**
 * A place to hear all namespaces of a lab from: an empty network namespace that has no name, and goes with its sockets.
 * The kernel tells a socket with NETLINK_LISTEN_ALL_NSID of what happens in every namespace that has a number (nsid) in
 * the socket's own. Numbers come into being with cables, so that from the lab's own namespace one would hear the nodes
 * that are plugged into its bridges, and not those that stand alone or have cables to each other only. In a namespace made
 * for it every one can be given a number, the host's too, and none of theirs is changed.
 */
export class NetlinkMonitor {
  readonly #labMounts: LabMounts;
  readonly #socket: NetlinkSocket;
  readonly #listeners: NetlinkListener[] = [];
  /** The namespaces that are heard: by name the inode and the number, and the names by number. */
  readonly #heard = new Map<NamespaceName, { readonly inode: number; readonly nsid: number }>();
  readonly #names = new Map<number, NamespaceName>();
  /** Numbers are not used twice: the last events of a namespace that is gone are nobody's. */
  #next = 0;

  /** @throws SyscallError */
  constructor(labMounts: LabMounts, { onEvent, onGone, onLost }: MonitorListener) {
    this.#labMounts = labMounts;
    const hear = (event: Event): void => {
      const name = event.nsid === undefined ? undefined : this.#names.get(event.nsid);
      if (name !== undefined) onEvent(name, event);
      else if (event.nsid === undefined && event.type === RTM_DELNSID) onGone();
    };
    try {
      this.#socket = visitNamespaces((thread) => {
        thread.create();
        this.#listen({ protocol: NETLINK_ROUTE, groups: ROUTE_GROUPS, onEvent: hear, onLost });
        this.#listenToNftables(hear, onLost);
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
      // A kernel without nftables has nothing to tell of them.
      if (!(error instanceof SyscallError && error.code === 'EPROTONOSUPPORT')) throw error;
    }
  }

  #listen(options: ConstructorParameters<typeof NetlinkListener>[0]): void {
    this.#listeners.push(new NetlinkListener(options));
  }

  /**
   * Sees to it that every namespace the lab has now is heard, and forgets those that are gone.
   * @returns those that were not heard before
   */
  attend(): NamespaceName[] {
    const present = new Map<NamespaceName, number>([[HOST, namespaceInode(namespaceFile('thread-self', 'net'))]]);
    for (const name of this.#labMounts.names())
      if (this.#labMounts.alive(name)) present.set(name, namespaceInode(this.#labMounts.path(name)));
    for (const [name, { inode, nsid }] of this.#heard) {
      if (present.get(name) === inode) continue;
      this.#heard.delete(name);
      this.#names.delete(nsid);
    }
    const added = [...present.keys()].filter((name) => !this.#heard.has(name));
    for (let i = 0; i < added.length; i += AT_ONCE) {
      for (const name of this.#number(added.slice(i, i + AT_ONCE))) {
        this.#heard.set(name, { inode: present.get(name)!, nsid: this.#next });
        this.#names.set(this.#next++, name);
      }
    }
    return added;
  }

  /** Gives namespaces the next numbers. Returns those that were there to be given one, in order. */
  #number(names: readonly NamespaceName[]): NamespaceName[] {
    const descriptors: number[] = [];
    const batch = this.#socket.batch();
    try {
      const numbered = names.filter((name) => {
        const fd = this.#open(name);
        if (fd === undefined) return false;
        addNsid(batch, fd, this.#next + descriptors.length);
        descriptors.push(fd);
        return true;
      });
      batch.send();
      return numbered;
    } finally {
      descriptors.forEach(libc.close);
    }
  }

  #open(name: NamespaceName): number | undefined {
    return name === HOST ? openOwnNamespace() : findNamespace(this.#labMounts.path(name));
  }

  /** Tells of all that has been heard by now. */
  drain(): void {
    for (const listener of this.#listeners) listener.drain();
  }

  async close(): Promise<void> {
    this.#socket.close();
    for (const listener of this.#listeners) await listener.close();
  }
}
