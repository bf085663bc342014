import { kindOf } from '../../kinds/index.ts';
import {
  EMPTY_NAMESPACE,
  HOST,
  IPV6_MIN_MTU,
  labLinkGroup,
  type LinkState,
  type NamespaceIdentity,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  type ObservedState,
  type RouteState,
} from '../../state/index.ts';
import { addressOf, familyOf, type Family, type Ip } from '../../addr/index.ts';
import { planAddresses } from './address.ts';
import { FRESH_NAMESPACE, freshLink } from './fresh.ts';
import { planFiles } from './files.ts';
import { linkChange, masterOf, replacementReason } from './link.ts';
import type { Operation } from '../operation/index.ts';
import {
  mustPrecedeUp,
  forwardingOf,
  inheritedBy,
  canBeCreatedUp,
  setInet6,
  withoutInet,
  type Inherited,
} from './link-settings.ts';
import { planNeighbours } from './neighbour.ts';
import { devicesOf, planRoutes } from './route.ts';
import { planRules } from './rule.ts';
import { planServices } from './services.ts';
import { forwardsInitially, freshSettings, interfaceOf, isConntrackSetting, SysctlPlan } from './sysctl.ts';
import { deleteTable, planTable, withoutDevices } from './table.ts';
import { lowerNamespaces, sortedUppers, uppersOf, type Upper } from './link-order.ts';

/**
 * Returns the operations that turn `actual` into `wanted`, in the order of execution. A pure function. Returns no
 * operations if the states agree.
 *
 * Deletions come first, to free names and addresses. Then each namespace is created and configured before the next.
 * This is also the fastest order: the cables of a namespace are created from their other end, then everything inside at
 * once.
 */
export function plan(wanted: NetworkState, actual: ObservedState): Operation[] {
  return new Planner(wanted, actual).run();
}

const NONE: ReadonlySet<string> = new Set();

class Planner {
  readonly #wanted: NetworkState;
  readonly #actual: ObservedState;
  readonly #ops: Operation[] = [];
  /** The links that exist after the operations planned so far, by namespace. */
  readonly #present = new Map<NamespaceName, Map<string, LinkState>>();
  /** The links that an operation planned so far deletes, even if another link gets the name. */
  readonly #gone = new Map<NamespaceName, Set<string>>();
  readonly #sysctls: SysctlPlan;
  /** The namespaces that exist after the operations planned so far. */
  readonly #existing: Set<NamespaceName>;
  /** Namespaces that are not configured yet, each with the links that can still be missing. */
  readonly #unconfigured = new Map<NamespaceName, string[]>();
  readonly #inheritances = new Map<NamespaceName, Inherited>();
  #allUppers: readonly Upper[] | undefined;
  /** The position of each namespace in the order of creation. */
  readonly #position: ReadonlyMap<NamespaceName, number>;
  readonly #configured = new Set<NamespaceName>();
  /** The link group of the lab. */
  readonly #group: number | undefined;
  /** Whether no existing link is in the lab's group: an older version created the lab, without a group. */
  readonly #isUnmarked: boolean;

  constructor(wanted: NetworkState, actual: ObservedState) {
    this.#wanted = wanted;
    this.#actual = actual;
    this.#sysctls = new SysctlPlan(this.#ops, wanted);
    const names = Object.keys(wanted.namespaces).filter((name) => name !== HOST);
    this.#position = new Map([...names, HOST].map((name, i) => [name, i]));
    this.#existing = new Set([HOST, ...Object.keys(actual.namespaces)]);
    const owner = ownerIn(wanted) ?? ownerIn(actual);
    this.#group = owner === undefined ? undefined : labLinkGroup(owner.lab);
    this.#isUnmarked = !Object.values(actual.namespaces).some(({ links }) =>
      Object.values(links).some(({ group }) => group !== undefined && group === this.#group),
    );
  }

  run(): Operation[] {
    const { stops, starts } = planServices(this.#wanted, this.#actual);
    this.#ops.push(...stops);
    this.#deleteLinks();
    this.#deleteNamespaces();
    const wanted = Object.entries(this.#wanted.namespaces).filter(([name]) => name !== HOST);
    // A cable can be created from either end, so existing namespaces come first.
    for (const [name, state] of wanted) if (this.#existing.has(name)) this.#early(name, state);
    for (const [name, state] of wanted) {
      if (!this.#existing.has(name)) {
        this.#createNamespace(name, state);
        this.#early(name, state);
      }
      this.#unconfigured.set(
        name,
        Object.keys(state.links).filter((link) => state.links[link]!.lower === undefined),
      );
      this.#createLinks(name, state);
      this.#configureComplete();
    }
    this.#host();
    planFiles(this.#ops, this.#wanted, this.#actual);
    this.#ops.push(...starts);
    return this.#ops;
  }

  #links(namespace: NamespaceName): Map<string, LinkState> {
    let links = this.#present.get(namespace);
    if (links === undefined) {
      const known = this.#actual.namespaces[namespace]?.links ?? (namespace === HOST ? {} : FRESH_NAMESPACE.links);
      links = new Map(Object.entries(known));
      this.#present.set(namespace, links);
    }
    return links;
  }

  /** Deletes links that are not wanted, and links that must be recreated since a fixed property differs. */
  #deleteLinks(): void {
    for (const [namespace, state] of Object.entries(this.#actual.namespaces)) {
      const wanted = this.#wanted.namespaces[namespace];
      if (wanted === undefined && namespace !== HOST) continue;
      const links = this.#links(namespace);
      for (const [name, link] of Object.entries(state.links)) {
        // Already deleted with its peer.
        if (!links.has(name)) continue;
        const target = wanted?.links[name];
        if (
          target === undefined ? this.#isOurs(namespace, state, link) : replacementReason(target, link) !== undefined
        ) {
          this.#ops.push({ op: 'delete-link', namespace, name });
          this.#forget(namespace, name, link);
        }
      }
    }
  }

  /** Whether an unwanted link belongs to the lab, so that it must be deleted. */
  #isOurs(namespace: NamespaceName, { owner }: NamespaceState, link: LinkState): boolean {
    if (link.kind === 'other' || kindOf(link.kind).madeBy === 'kernel') return false;
    // The state of the host contains only links of the lab.
    if (namespace === HOST || (link.group !== undefined && link.group === this.#group)) return true;
    if (!this.#isUnmarked) return false;
    // In a lab without a link group: its cables, and all links in the namespace of its switches.
    return owner?.node === undefined || (link.peer !== undefined && link.peer.namespace !== namespace);
  }

  #forget(namespace: NamespaceName, name: string, link: LinkState): void {
    const ends = [{ namespace, name }, ...(link.peer === undefined ? [] : [link.peer])];
    for (const end of ends) this.#remove(end.namespace, end.name);
    for (const [other, port] of this.#links(namespace)) {
      if (port.master !== name) continue;
      const { master: _, ...free } = port;
      this.#links(namespace).set(other, free);
    }
    // The kernel deletes upper links with their lower link.
    for (const upper of this.#uppers()) {
      if (!ends.some((end) => end.name === upper.lower.name && end.namespace === upper.lower.namespace)) continue;
      if (this.#links(upper.namespace).has(upper.name)) this.#forget(upper.namespace, upper.name, upper.link);
    }
  }

  /** The existing links that have a lower link. */
  #uppers(): readonly Upper[] {
    return (this.#allUppers ??= uppersOf(this.#actual.namespaces));
  }

  #remove(namespace: NamespaceName, name: string): void {
    this.#links(namespace).delete(name);
    const gone = this.#gone.get(namespace);
    if (gone === undefined) this.#gone.set(namespace, new Set([name]));
    else gone.add(name);
  }

  #deleteNamespaces(): void {
    for (const [namespace, state] of Object.entries(this.#actual.namespaces)) {
      if (namespace === HOST || this.#wanted.namespaces[namespace] !== undefined) continue;
      // Cables first, each with a message: the kernel destroys a namespace asynchronously, but a link at once.
      for (const [name, link] of Object.entries(state.links)) {
        const peerNamespace = link.peer === undefined ? undefined : this.#wanted.namespaces[link.peer.namespace];
        if (peerNamespace === undefined && !this.#hasRemainingUppers(namespace, name)) continue;
        if (!this.#links(namespace).has(name)) continue;
        this.#ops.push({ op: 'delete-link', namespace, name });
        this.#forget(namespace, name, link);
      }
      this.#ops.push({ op: 'delete-namespace', namespace });
    }
  }

  /** Whether a link is the lower link of links in namespaces that stay. */
  #hasRemainingUppers(namespace: NamespaceName, name: string): boolean {
    return this.#uppers().some(
      ({ lower, namespace: upperNamespace }) =>
        lower.namespace === namespace && lower.name === name && this.#wanted.namespaces[upperNamespace] !== undefined,
    );
  }

  #createNamespace(namespace: NamespaceName, state: NamespaceState): void {
    if (state.owner === undefined) throw new TypeError(`namespace ${namespace} has no owner`);
    this.#ops.push({ op: 'create-namespace', namespace, owner: state.owner, forwarding: forwardsInitially(state) });
    this.#existing.add(namespace);
  }

  /** Everything that must precede links: settings that new links inherit, and the firewall rules. */
  #early(namespace: NamespaceName, state: NamespaceState): void {
    const fresh = namespace === HOST ? EMPTY_NAMESPACE : { ...EMPTY_NAMESPACE, sysctls: freshSettings(state) };
    const actual = this.#actual.namespaces[namespace] ?? fresh;
    const existed = namespace === HOST || this.#actual.namespaces[namespace] !== undefined;
    const settings = SysctlPlan.general(state.sysctls);
    const set = (ofConntrack: boolean): void => {
      for (const [key, value] of settings)
        if (isConntrackSetting(key) === ofConntrack) this.#sysctls.set(namespace, key, value, actual.sysctls[key]);
    };
    set(false);
    for (const [key, table] of Object.entries(state.tables)) {
      if (table.flowtables === undefined) planTable(this.#ops, namespace, table, actual.tables[key], existed);
    }
    for (const [key, table] of Object.entries(actual.tables)) {
      if (state.tables[key] === undefined) deleteTable(this.#ops, namespace, table);
    }
    set(true);
  }

  /**
   * Creates the links of a namespace that have no lower link: masters before their ports, cables when the namespace of
   * the peer exists.
   */
  #createLinks(namespace: NamespaceName, state: NamespaceState): void {
    const present = this.#links(namespace);
    for (const [name, link] of Object.entries(state.links)) {
      if (link.lower === undefined && !isPaired(link) && !present.has(name))
        this.#createAfterMaster(namespace, state, name, link);
    }
    for (const [name, link] of Object.entries(state.links)) {
      if (!isPaired(link) || present.has(name)) continue;
      if (link.peer === undefined) throw new TypeError(`veth ${name} in namespace ${namespace} has no other end`);
      if (!this.#existing.has(link.peer.namespace)) continue;
      const far = this.#wanted.namespaces[link.peer.namespace]?.links[link.peer.name];
      if (far === undefined)
        throw new TypeError(`the other end of ${name} in namespace ${namespace} is not in the state`);
      // Created from the end that is a bridge port, one message both creates the cable and sets its master.
      if (
        far.master !== undefined ||
        (link.master === undefined &&
          namespace !== link.peer.namespace &&
          this.#isEarlier(link.peer.namespace, namespace))
      ) {
        this.#createCable(link.peer.namespace, link.peer.name, far, namespace, name, link);
      } else this.#createCable(namespace, name, link, link.peer.namespace, link.peer.name, far);
    }
  }

  /** Creates a link after its master. */
  #createAfterMaster(namespace: NamespaceName, state: NamespaceState, name: string, link: LinkState): void {
    const master = link.master === undefined ? undefined : state.links[link.master];
    if (master !== undefined && master.lower === undefined && !this.#links(namespace).has(link.master!)) {
      if (master.master === name) throw new TypeError(`${name} and ${link.master} are each other's masters`);
      this.#createAfterMaster(namespace, state, link.master!, master);
    }
    if (!this.#links(namespace).has(name)) this.#createLink(namespace, name, link);
  }

  #createCable(
    namespace: NamespaceName,
    name: string,
    link: LinkState,
    peerNamespace: NamespaceName,
    peerName: string,
    peer: LinkState,
  ): void {
    this.#createLink(namespace, name, link, { namespace: peerNamespace, name: peerName, link: peer });
    this.#links(peerNamespace).set(peerName, freshLink(peer, false, this.#inherited(peerNamespace)));
  }

  #createLink(
    namespace: NamespaceName,
    name: string,
    link: LinkState,
    peer?: { namespace: NamespaceName; name: string; link: LinkState },
  ): void {
    const inherited = this.#inherited(namespace);
    // Created up if no setting must precede it; otherwise the change-link that follows sets it up.
    const up = link.up && canBeCreatedUp(inherited, link);
    const actual = this.#actual.namespaces[namespace]?.links[name];
    const replaces = actual === undefined ? undefined : replacementReason(link, actual);
    this.#ops.push({
      op: 'create-link',
      namespace,
      name,
      link: up === link.up ? link : { ...link, up },
      ...(peer === undefined ? {} : { peer }),
      ...(replaces === undefined ? {} : { replaces }),
    });
    this.#links(namespace).set(name, freshLink(link, up, inherited));
  }

  /** The IPv6 settings of a new link: the `conf/default` of the namespace, which `early` has set before. */
  #inherited(namespace: NamespaceName): Inherited {
    let inherited = this.#inheritances.get(namespace);
    if (inherited === undefined)
      this.#inheritances.set(
        namespace,
        (inherited = inheritedBy(this.#wanted.namespaces[namespace] ?? EMPTY_NAMESPACE)),
      );
    return inherited;
  }

  /** Configures the namespaces whose links all exist: routes need their outgoing links. */
  #configureComplete(): void {
    for (let again = true; again;) {
      again = false;
      for (const [namespace, missing] of this.#unconfigured) {
        const present = this.#links(namespace);
        // Links stay present, so each is looked up only until it is found.
        while (missing.length > 0 && present.has(missing.at(-1)!)) missing.pop();
        const state = this.#wanted.namespaces[namespace]!;
        if (missing.length > 0 || !this.#areLowersReady(state)) continue;
        this.#unconfigured.delete(namespace);
        this.#configure(namespace, state);
        // Other namespaces can have waited for links that are up now.
        again = this.#unconfigured.size > 0;
      }
    }
  }

  /** Whether the lower links in other namespaces exist and are up. Those of the host are assumed to be. */
  #areLowersReady({ links }: NamespaceState): boolean {
    return [...lowerNamespaces(links)].every((other) => other === HOST || this.#configured.has(other));
  }

  #isEarlier(a: NamespaceName, b: NamespaceName): boolean {
    return this.#position.get(a)! < this.#position.get(b)!;
  }

  #host(): void {
    const state = this.#wanted.namespaces[HOST] ?? EMPTY_NAMESPACE;
    if (this.#actual.namespaces[HOST] !== undefined || this.#wanted.namespaces[HOST] !== undefined) {
      this.#early(HOST, state);
      this.#createLinks(HOST, state);
      this.#configure(HOST, state);
    }
    // Some namespaces waited only for their cables to the host.
    this.#configureComplete();
    const [left] = this.#unconfigured.keys();
    if (left !== undefined) throw new TypeError(`namespace ${left} has a link that cannot be created`);
  }

  #configure(namespace: NamespaceName, state: NamespaceState): void {
    const ops = this.#ops;
    const actual = this.#actual.namespaces[namespace] ?? EMPTY_NAMESPACE;
    const present = this.#links(namespace);
    /** Links whose routes an earlier operation can have made the kernel delete or change. */
    const disturbed = new Set<string>();
    /** The same for the routes of one family: the kernel can have deleted them with an address. */
    const disturbedOf = { 4: new Set<string>(), 6: new Set<string>() };
    /** Deleted addresses: the kernel has deleted the routes that have them as source, on any link. */
    const sources = new Set<Ip>();
    /** Sets sysctls of interfaces: with `early` those that must precede `up`, otherwise the others. */
    const setOfInterfaces = (early: boolean, includes: (name: string) => boolean = () => true): void => {
      for (const [key, value] of Object.entries(state.sysctls)) {
        const name = interfaceOf(key);
        if (name === undefined || mustPrecedeUp(key, value) !== early || !includes(name)) continue;
        // A recreated link does not have the settings of the link before.
        const known = present.get(name) === actual.links[name] ? actual.sysctls[key] : undefined;
        this.#sysctls.set(namespace, key, value, known);
      }
    };
    const setBefore = (name: string): void =>
      setInet6(name, state.links[name]!, present.get(name), state.sysctls, (key, value, known) =>
        this.#sysctls.set(namespace, key, value, known),
      );
    const change = (name: string): void => {
      const link = state.links[name]!;
      const now = present.get(name)!;
      const was = actual.links[name];
      if (now !== was || (was.up && !link.up)) disturbed.add(name);
      // Links that Netwright did not create stay as they are.
      if (link.kind === 'other') return;
      const isDisturbed = this.#sysctls.isDisturbed(namespace) && this.#sysctls.disturbs(namespace, forwardingOf(name));
      const needed = linkChange(link, isDisturbed ? withoutInet(now) : now, now);
      if (needed !== undefined) {
        const master = masterOf(state, link, needed);
        ops.push({ op: 'change-link', namespace, name, kind: link.kind, ...master, change: needed });
      }
      // With the MTU of a link, the kernel also changes the MTU of its IPv6 routes.
      if (needed?.mtu !== undefined) disturbedOf[6].add(name);
      for (const ip of planAddresses(ops, namespace, name, link, now)) {
        sources.add(ip);
        disturbedOf[familyOf(ip)].add(name);
      }
    };
    const isPlain = (name: string): boolean => state.links[name]?.lower === undefined;
    const plain = Object.keys(state.links).filter(isPlain);
    setOfInterfaces(true, isPlain);
    plain.forEach(setBefore);
    plain.forEach(change);
    // Links with a lower link are created when that is up: a VLAN comes up with it, others cannot come up before it.
    for (const name of sortedUppers(state.links)) {
      if (!present.has(name)) this.#createLink(namespace, name, state.links[name]!);
      setOfInterfaces(true, (interfaceName) => interfaceName === name);
      setBefore(name);
      change(name);
    }
    const gone = this.#gone.get(namespace) ?? NONE;
    for (const [key, table] of Object.entries(state.tables)) {
      if (table.flowtables !== undefined)
        planTable(ops, namespace, table, withoutDevices(actual.tables[key], gone), false);
    }
    const isDisturbed = (route: RouteState): boolean => {
      if (route.source !== undefined && sources.has(route.source)) return true;
      const disturbedByFamily = disturbedOf[familyOf(addressOf(route.destination))];
      return devicesOf(route).some((device) => disturbed.has(device) || disturbedByFamily.has(device));
    };
    const isGone = (device: string, family: Family): boolean =>
      gone.has(device) || (family === 6 && (state.links[device]?.mtu ?? IPV6_MIN_MTU) < IPV6_MIN_MTU);
    planRoutes(ops, namespace, state.routes, actual.routes, isDisturbed, isGone);

    planRules(ops, namespace, state.rules, actual.rules);
    planNeighbours(ops, namespace, state.neighbours, actual.neighbours, isGone);

    setOfInterfaces(false);
    this.#configured.add(namespace);
  }
}

const isPaired = ({ kind }: LinkState): boolean => kind !== 'other' && kindOf(kind).pair !== undefined;

/** The identity of some namespace of a state, which names the lab. */
const ownerIn = ({ namespaces }: NetworkState): NamespaceIdentity | undefined =>
  Object.values(namespaces).find(({ owner }) => owner !== undefined)?.owner;
