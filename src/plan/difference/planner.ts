import { kindOf } from '../../kinds/index.ts';
import {
  EMPTY_NAMESPACE,
  HOST,
  IPV6_MIN_MTU,
  labGroup,
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
  isSetBeforeUp,
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
import { forwardsFromTheStart, freshSettings, interfaceOf, isConntrackSetting, SysctlPlan } from './sysctl.ts';
import { deleteTable, planTable, withoutDevices } from './table.ts';
import { lowerNamespaces, uppersInOrder, uppersOf, type Upper } from './upper.ts';

/**
 * The steps that turn `actual` into `wanted`, in the order in which to take them. Pure: same states, same plan. Two
 * states that agree give no steps.
 *
 * What is deleted goes first, so that its names and addresses are free; then each namespace is made and configured
 * before the next, which is also the fastest order: its cables from the other end, then everything inside it at once.
 */
export function plan(wanted: NetworkState, actual: ObservedState): Operation[] {
  return new Planner(wanted, actual).run();
}

const NONE: ReadonlySet<string> = new Set();

class Planner {
  readonly #wanted: NetworkState;
  readonly #actual: ObservedState;
  readonly #ops: Operation[] = [];
  /** Links that are there when the step being planned is taken, by namespace, as they will be then. */
  readonly #present = new Map<NamespaceName, Map<string, LinkState>>();
  /** Links that a step before deletes, whether or not another of their name is made. */
  readonly #gone = new Map<NamespaceName, Set<string>>();
  readonly #sysctls: SysctlPlan;
  /** Namespaces that exist by then. */
  readonly #existing: Set<NamespaceName>;
  /** Namespaces that are still to be configured, each with its links that may not be there yet. */
  readonly #unconfigured = new Map<NamespaceName, string[]>();
  readonly #inheritances = new Map<NamespaceName, Inherited>();
  #allUppers: readonly Upper[] | undefined;
  /** Where each namespace stands in the order in which they are made. */
  readonly #position: ReadonlyMap<NamespaceName, number>;
  readonly #configured = new Set<NamespaceName>();
  /** The group that the lab's links are in. */
  readonly #group: number | undefined;
  /** Whether none of what is there has the lab's mark: it was made before there was one. */
  readonly #isUnmarked: boolean;

  constructor(wanted: NetworkState, actual: ObservedState) {
    this.#wanted = wanted;
    this.#actual = actual;
    this.#sysctls = new SysctlPlan(this.#ops, wanted);
    const names = Object.keys(wanted.namespaces).filter((name) => name !== HOST);
    this.#position = new Map([...names, HOST].map((name, i) => [name, i]));
    this.#existing = new Set([HOST, ...Object.keys(actual.namespaces)]);
    const owner = ownerIn(wanted) ?? ownerIn(actual);
    this.#group = owner === undefined ? undefined : labGroup(owner.lab);
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
    // A cable may be made from its other end.
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

  /** Deletes links that are not wanted, and those that must be made anew since something unchangeable differs. */
  #deleteLinks(): void {
    for (const [namespace, state] of Object.entries(this.#actual.namespaces)) {
      const wanted = this.#wanted.namespaces[namespace];
      if (wanted === undefined && namespace !== HOST) continue;
      const links = this.#links(namespace);
      for (const [name, link] of Object.entries(state.links)) {
        // Gone already, with its other end.
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

  /** Whether a link that is not wanted is the lab's to delete. */
  #isOurs(namespace: NamespaceName, { owner }: NamespaceState, link: LinkState): boolean {
    if (link.kind === 'other' || kindOf(link.kind).madeBy === 'kernel') return false;
    // Of the host's links only those are told of that are the lab's.
    if (namespace === HOST || (link.group !== undefined && link.group === this.#group)) return true;
    if (!this.#isUnmarked) return false;
    // Of a lab that was made before links had a mark: its cables, and all that is in the namespace of its own.
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
    // What lies upon a link goes with it.
    for (const upper of this.#uppers()) {
      if (!ends.some((end) => end.name === upper.lower.name && end.namespace === upper.lower.namespace)) continue;
      if (this.#links(upper.namespace).has(upper.name)) this.#forget(upper.namespace, upper.name, upper.link);
    }
  }

  /** The links that are there, and lie upon others. */
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
      // Cables first, one by one: the kernel takes a namespace apart later, but these at once.
      for (const [name, link] of Object.entries(state.links)) {
        const elsewhere = link.peer === undefined ? undefined : this.#wanted.namespaces[link.peer.namespace];
        if (elsewhere === undefined && !this.#isBelowOthers(namespace, name)) continue;
        if (!this.#links(namespace).has(name)) continue;
        this.#ops.push({ op: 'delete-link', namespace, name });
        this.#forget(namespace, name, link);
      }
      this.#ops.push({ op: 'delete-namespace', namespace });
    }
  }

  /** Whether links of namespaces that stay lie upon a link. */
  #isBelowOthers(namespace: NamespaceName, name: string): boolean {
    return this.#uppers().some(
      ({ lower, namespace: where }) =>
        lower.namespace === namespace && lower.name === name && this.#wanted.namespaces[where] !== undefined,
    );
  }

  #createNamespace(namespace: NamespaceName, state: NamespaceState): void {
    if (state.owner === undefined) throw new TypeError(`namespace ${namespace} has no owner`);
    this.#ops.push({ op: 'create-namespace', namespace, owner: state.owner, forwarding: forwardsFromTheStart(state) });
    this.#existing.add(namespace);
  }

  /** What must stand before links do: settings that new links inherit, and the rules their packets will meet. */
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
   * Makes the links of a namespace that lie upon no other, masters before their ports, cables when their other ends'
   * namespaces exist.
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
      // From the port's side the cable is made, and put into its bridge, in one message.
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

  /** Makes a link that needs nothing but a master. */
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
    // Up at once when nothing has to be set before; otherwise the change that follows brings it up.
    const up = link.up && canBeCreatedUp(inherited, link);
    const wanted = this.#actual.namespaces[namespace]?.links[name];
    const replaces = wanted === undefined ? undefined : replacementReason(link, wanted);
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

  /** What a new link has of IPv6's settings: the namespace's defaults, which `early` has set by then. */
  #inherited(namespace: NamespaceName): Inherited {
    let inherited = this.#inheritances.get(namespace);
    if (inherited === undefined)
      this.#inheritances.set(
        namespace,
        (inherited = inheritedBy(this.#wanted.namespaces[namespace] ?? EMPTY_NAMESPACE)),
      );
    return inherited;
  }

  /** Configures the namespaces whose links are all there: routes need the links they go out by. */
  #configureComplete(): void {
    for (let again = true; again;) {
      again = false;
      for (const [namespace, awaited] of this.#unconfigured) {
        const present = this.#links(namespace);
        // What is there stays there, so that none is looked up twice.
        while (awaited.length > 0 && present.has(awaited.at(-1)!)) awaited.pop();
        const state = this.#wanted.namespaces[namespace]!;
        if (awaited.length > 0 || !this.#isBelowReady(state)) continue;
        this.#unconfigured.delete(namespace);
        this.#configure(namespace, state);
        // Others may have waited for what is up now.
        again = this.#unconfigured.size > 0;
      }
    }
  }

  /** Whether what the links of a namespace lie upon in others is there, and up. The host's own links are, whoever made them. */
  #isBelowReady({ links }: NamespaceState): boolean {
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
    // Cables to the host were all that these waited for.
    this.#configureComplete();
    const [left] = this.#unconfigured.keys();
    if (left !== undefined) throw new TypeError(`namespace ${left} has a link that cannot be made`);
  }

  #configure(namespace: NamespaceName, state: NamespaceState): void {
    const ops = this.#ops;
    const actual = this.#actual.namespaces[namespace] ?? EMPTY_NAMESPACE;
    const present = this.#links(namespace);
    /** Links whose routes the kernel may have dropped or changed, by a step of this plan. */
    const disturbed = new Set<string>();
    /** The same for one family: routes may have gone with an address of that family. */
    const disturbedOf = { 4: new Set<string>(), 6: new Set<string>() };
    /** Addresses whose routes it has dropped, by whatever link they leave. */
    const sources = new Set<Ip>();
    /** Before they are up and have addresses, or after everything else. */
    const setOfInterfaces = (early: boolean, which: (name: string) => boolean = () => true): void => {
      for (const [key, value] of Object.entries(state.sysctls)) {
        const name = interfaceOf(key);
        if (name === undefined || isSetBeforeUp(key, value) !== early || !which(name)) continue;
        // One that was made anew has lost what was set on the one before it.
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
      // A link that is none of ours is as its maker likes.
      if (link.kind === 'other') return;
      const isDisturbed = this.#sysctls.isDisturbed(namespace) && this.#sysctls.disturbs(namespace, forwardingOf(name));
      const what = linkChange(link, isDisturbed ? withoutInet(now) : now, now);
      if (what !== undefined)
        ops.push({ op: 'change-link', namespace, name, kind: link.kind, ...masterOf(state, link, what), change: what });
      // With a link's MTU the kernel also changes those that IPv6 routes were given.
      if (what?.mtu !== undefined) disturbedOf[6].add(name);
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
    // A VLAN comes up with the link below, and another cannot before it: each is made when that is up.
    for (const name of uppersInOrder(state.links)) {
      if (!present.has(name)) this.#createLink(namespace, name, state.links[name]!);
      setOfInterfaces(true, (one) => one === name);
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
      const moved = disturbedOf[familyOf(addressOf(route.destination))];
      return devicesOf(route).some((device) => disturbed.has(device) || moved.has(device));
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

/** Whose the namespaces of a state are. */
const ownerIn = ({ namespaces }: NetworkState): NamespaceIdentity | undefined =>
  Object.values(namespaces).find(({ owner }) => owner !== undefined)?.owner;
