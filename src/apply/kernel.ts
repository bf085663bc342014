import type { AnyOptions } from '../kinds/index.ts';
import { libc } from '../ffi/index.ts';
import {
  NETLINK_NETFILTER,
  NETLINK_ROUTE,
  NetlinkError,
  NetlinkSocket,
  type Batch,
  type AcceptedErrors,
} from '../netlink/index.ts';
import { openOwnNamespace, openPingRange, within, type NamespaceVisit, type LabMounts } from '../netns/index.ts';
import { getLink } from '../rtnetlink/index.ts';
import { HOST, type NamespaceName } from '../state/index.ts';
import type { Operation } from '../plan/index.ts';
import { hasServices } from '../observe/index.ts';
import { SettingsFiles } from './settings-files.ts';

type FirstUp = { readonly before: AnyOptions; readonly after: AnyOptions };

/** The index of lo in every network namespace (LOOPBACK_IFINDEX). */
const LOOPBACK_INDEX = 1;

/** An open network namespace. */
export interface OpenNamespace {
  readonly name: NamespaceName;
  readonly fd: number;
  readonly route: NetlinkSocket;
  /** The known interface indexes, by name. */
  readonly indexes: Map<string, number>;
  /** The next free index in a namespace that this Kernel has created; undefined in others. */
  nextIndex: number | undefined;
  /** Links that this Kernel has created and that have not been up yet, with options to set before and after. */
  readonly newLinks: Map<string, FirstUp>;
}

/** The maximum number of open namespaces. The lab's own and the host's stay open, those of nodes are closed. */
const KEPT_OPEN = 64;

/**
 * The namespaces of a lab, for the operations of a plan. A namespace is opened at first use. Messages to a namespace
 * are collected in a batch, which is sent before the next namespace is used.
 *
 * The methods are synchronous and change the network namespace of the calling thread, so they must be called within
 * visitNamespaces.
 */
export class Kernel {
  readonly labMounts: LabMounts;
  /**
   * Whether a new namespace forwards IPv4; undefined if unknown. It inherits the setting from the initial network
   * namespace, or not (net.core.devconf_inherit_init_net). Other programs can change both, so it is read again on each
   * visit.
   */
  newForwards: boolean | undefined;
  /** Deletions for which the kernel reported that the object does not exist: see {@link readBack}. */
  readonly unconfirmed: Operation[] = [];
  #hadServices: boolean | undefined;
  readonly #settings = new SettingsFiles();
  readonly #open = new Map<NamespaceName, OpenNamespace>();
  #thread: NamespaceVisit | undefined;
  #inside: NamespaceName | undefined;
  #batch: Batch | undefined;
  #batchOf: OpenNamespace | undefined;

  constructor(labMounts: LabMounts) {
    this.labMounts = labMounts;
  }

  /** Whether the lab has ever started a service; read before its first namespace is created. */
  get hadServices(): boolean {
    return (this.#hadServices ??= hasServices(this.labMounts));
  }

  /** Starts a visit, which the following calls belong to. The thread is outside the namespaces of the lab. */
  begin(thread: NamespaceVisit): void {
    this.#thread = thread;
    this.#inside = undefined;
    this.newForwards = undefined;
  }

  /**
   * Creates a namespace, enters it and pins it.
   * @param prepare called within the namespace before other processes can find it
   */
  create(name: NamespaceName, prepare: (route: NetlinkSocket) => void): void {
    this.flush();
    this.#thread!.create();
    this.#inside = name;
    const route = NetlinkSocket.open(NETLINK_ROUTE);
    let fd: number;
    try {
      prepare(route);
      fd = route.openNamespace();
    } catch (error) {
      route.close();
      throw error;
    }
    this.#remember({
      name,
      fd,
      route,
      indexes: new Map([['lo', LOOPBACK_INDEX]]),
      nextIndex: LOOPBACK_INDEX + 1,
      newLinks: new Map(),
    });
    this.labMounts.pin(name);
  }

  /** Like {@link openPingRange}, for one namespace after the other. */
  openPingRange(): void {
    openPingRange(this.#settings.next());
  }

  /** Sends the batch, and moves this thread into a namespace. */
  enter(name: NamespaceName): OpenNamespace {
    const namespace = this.namespace(name);
    this.flush();
    if (this.#inside !== name) {
      this.#thread!.enter(namespace.fd);
      this.#inside = name;
    }
    return namespace;
  }

  namespace(name: NamespaceName): OpenNamespace {
    const known = this.#open.get(name);
    if (known !== undefined) return known;
    const fd = name === HOST ? this.#onHost(openOwnNamespace) : this.labMounts.open(name);
    const route = within(fd, () => NetlinkSocket.open(NETLINK_ROUTE));
    const namespace: OpenNamespace = {
      name,
      fd,
      route,
      indexes: new Map([['lo', LOOPBACK_INDEX]]),
      nextIndex: undefined,
      newLinks: new Map(),
    };
    this.#remember(namespace);
    return namespace;
  }

  #onHost(open: () => number): number {
    if (this.#inside !== undefined) throw new TypeError('the host must be opened before a namespace is entered');
    return open();
  }

  #remember(namespace: OpenNamespace): void {
    this.#open.set(namespace.name, namespace);
    if (this.#open.size <= KEPT_OPEN) return;
    for (const [name, other] of this.#open) {
      if (name === HOST || name === this.labMounts.lab || other === this.#batchOf || other === namespace) continue;
      this.#close(other);
      return;
    }
  }

  /** Closes a namespace that is about to be deleted. */
  forget(name: NamespaceName): void {
    this.flush();
    const namespace = this.#open.get(name);
    if (namespace !== undefined) this.#close(namespace);
  }

  #close(namespace: OpenNamespace): void {
    this.#open.delete(namespace.name);
    namespace.route.close();
    libc.close(namespace.fd);
  }

  /** Accepts errors of a deletion by which the kernel reports a missing object, or a message that does not match it. */
  acceptMissing(op: Operation, ...codes: readonly string[]): AcceptedErrors {
    return { codes, met: () => this.unconfirmed.push(op) };
  }

  /** The batch for NETLINK_ROUTE messages to a namespace. */
  batch(namespace: OpenNamespace): Batch {
    if (this.#batchOf !== namespace) {
      this.flush();
      this.#batchOf = namespace;
      this.#batch = namespace.route.batch();
    }
    return this.#batch!;
  }

  /** Sends the batch. @throws NetlinkError of the first message that failed */
  flush(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    this.#batchOf = undefined;
    batch?.send();
  }

  /** The index of a link, queried if unknown. @throws NetlinkError ENODEV */
  index(namespace: OpenNamespace, link: string): number {
    const known = namespace.indexes.get(link);
    if (known !== undefined) return known;
    this.flush();
    const { index } = getLink(namespace.route, link);
    namespace.indexes.set(link, index);
    return index;
  }

  /** The index of a link; undefined if it does not exist, since it can have been deleted with its peer. */
  indexOfPresent(namespace: OpenNamespace, link: string): number | undefined {
    try {
      return this.index(namespace, link);
    } catch (error) {
      if (error instanceof NetlinkError && error.code === 'ENODEV') return undefined;
      throw error;
    }
  }

  /**
   * Assigns the index of a new link, so that later messages need not query it; undefined in a namespace that existed
   * before, where only the kernel knows which indexes are free.
   */
  assignIndex(namespace: OpenNamespace, link: string): number | undefined {
    // The known index can be that of a deleted link of this name.
    namespace.indexes.delete(link);
    if (namespace.nextIndex === undefined) return undefined;
    const index = namespace.nextIndex++;
    namespace.indexes.set(link, index);
    return index;
  }

  /** Lets the kernel choose the index of a new link; from then on, only the kernel knows which indexes are free. */
  leaveIndex(namespace: OpenNamespace, link: string): undefined {
    namespace.indexes.delete(link);
    namespace.nextIndex = undefined;
  }

  /** Calls `fn` with a NETLINK_NETFILTER socket of a namespace. */
  withNetfilter<T>(name: NamespaceName, fn: (socket: NetlinkSocket) => T): T {
    this.enter(name);
    using socket = NetlinkSocket.open(NETLINK_NETFILTER);
    return fn(socket);
  }

  /** Closes all descriptors; messages that were not sent are dropped. */
  close(): void {
    this.#batch = undefined;
    this.#batchOf = undefined;
    this.#settings.close();
    for (const namespace of this.#open.values()) this.#close(namespace);
  }
}
