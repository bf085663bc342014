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

/** The loopback's index in every namespace. */
const LOOPBACK_INDEX = 1;

/** A namespace that operations are being carried out in. */
export interface OpenNamespace {
  readonly name: NamespaceName;
  readonly fd: number;
  readonly route: NetlinkSocket;
  /** Indexes by name, of the links that are known so far. */
  readonly indexes: Map<string, number>;
  /** The next index that is free, in a namespace that was made here; undefined in others. */
  nextIndex: number | undefined;
  /** Links made here that have not been up yet, with what they are to have before and after. */
  readonly newLinks: Map<string, FirstUp>;
}

/** How many namespaces are kept open: a lab's own and the host's are always in use, the nodes come and go. */
const KEPT_OPEN = 64;

/**
 * The namespaces of a lab as the operations of a plan need them: opened when first used, their messages gathered in one
 * batch at a time, which goes out when another namespace's turn comes.
 *
 * Its methods are synchronous and move the calling thread about: they belong inside visitNamespaces.
 */
export class Kernel {
  readonly labMounts: LabMounts;
  /**
   * Whether a new namespace forwards IPv4, as far as that is known: it follows the machine's first namespace, or not
   * (net.core.devconf_inherit_init_net). Anybody may change either, so it is asked again on each visit.
   */
  newForwards: boolean | undefined;
  /** Deletions of what the kernel said there was none of: whether that is so shows when it is looked at. */
  readonly unsure: Operation[] = [];
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

  /** Whether any service of the lab had been started before its first namespace is made. */
  get hadServices(): boolean {
    return (this.#hadServices ??= hasServices(this.labMounts));
  }

  /** Tells which visit the following calls are part of: it begins outside any namespace of the lab. */
  begin(thread: NamespaceVisit): void {
    this.#thread = thread;
    this.#inside = undefined;
    this.newForwards = undefined;
  }

  /**
   * Makes a namespace, pins it and moves into it.
   * @param prepare sees to what must be so before anybody can find it
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

  /** As {@link openPingRange}, of one namespace after the other. */
  openPingRange(): void {
    openPingRange(this.#settings.next());
  }

  /** Moves this thread into a namespace, after sending what was gathered. */
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
    const fd = name === HOST ? this.#atHome(openOwnNamespace) : this.labMounts.open(name);
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

  #atHome(open: () => number): number {
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

  /** Lets go of a namespace, which is about to be removed. */
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

  /** For a message that deletes: what the kernel says when there is no such thing, or when the message does not fit it. */
  unsureOf(op: Operation, ...codes: readonly string[]): AcceptedErrors {
    return { codes, met: () => this.unsure.push(op) };
  }

  /** The batch to add a namespace's route messages to. */
  batch(namespace: OpenNamespace): Batch {
    if (this.#batchOf !== namespace) {
      this.flush();
      this.#batchOf = namespace;
      this.#batch = namespace.route.batch();
    }
    return this.#batch!;
  }

  /** Sends what has been gathered. @throws NetlinkError of the first message that failed */
  flush(): void {
    const batch = this.#batch;
    this.#batch = undefined;
    this.#batchOf = undefined;
    batch?.send();
  }

  /** The index of a link, looked up when it is not known. @throws NetlinkError ENODEV */
  index(namespace: OpenNamespace, link: string): number {
    const known = namespace.indexes.get(link);
    if (known !== undefined) return known;
    this.flush();
    const { index } = getLink(namespace.route, link);
    namespace.indexes.set(link, index);
    return index;
  }

  /** The index of a link, or undefined when there is none of that name: it may have gone with its other end. */
  indexOfPresent(namespace: OpenNamespace, link: string): number | undefined {
    try {
      return this.index(namespace, link);
    } catch (error) {
      if (error instanceof NetlinkError && error.code === 'ENODEV') return undefined;
      throw error;
    }
  }

  /**
   * Gives a link that is about to be made its index, so that later messages can name it without asking; undefined in a
   * namespace that was there before, where it is the kernel that knows which are free.
   */
  assignIndex(namespace: OpenNamespace, link: string): number | undefined {
    // One of that name may have gone with its other end.
    namespace.indexes.delete(link);
    if (namespace.nextIndex === undefined) return undefined;
    const index = namespace.nextIndex++;
    namespace.indexes.set(link, index);
    return index;
  }

  /** Leaves the index of a link that is about to be made to the kernel, which then knows better which are free. */
  leaveIndex(namespace: OpenNamespace, link: string): undefined {
    namespace.indexes.delete(link);
    namespace.nextIndex = undefined;
  }

  /** Runs `fn` with a netfilter socket of a namespace. */
  withNetfilter<T>(name: NamespaceName, fn: (socket: NetlinkSocket) => T): T {
    this.enter(name);
    using socket = NetlinkSocket.open(NETLINK_NETFILTER);
    return fn(socket);
  }

  /** Closes everything; what was gathered and not sent is dropped. */
  close(): void {
    this.#batch = undefined;
    this.#batchOf = undefined;
    this.#settings.close();
    for (const namespace of this.#open.values()) this.#close(namespace);
  }
}
