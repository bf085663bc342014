import {
  HOST,
  IPV6_MIN_MTU,
  type LinkState,
  type NamespaceName,
  type NamespaceState,
  type NetworkState,
  type RouteState,
} from '../../state/index.ts';
import { addressOf, familyOf, type Family, type Ip } from '../../addr/index.ts';
import { planAddresses } from './address.ts';
import { difference, same } from './compare.ts';
import { FRESH_NAMESPACE, freshLink, inheritedBy, type Inherited } from './fresh.ts';
import { planFiles } from './files.ts';
import { isManagedKind, linkChange, replacementReason } from './link.ts';
import type { Operation } from '../operation/index.ts';
import { devicesOf, planRoutes } from './route.ts';
import { planServices } from './services.ts';
import {
  comesFirst,
  forwardsFromTheStart,
  freshSettings,
  interfaceOf,
  isConntrackSetting,
  SysctlPlan,
} from './sysctl.ts';
import { planTable, withoutDevices } from './table.ts';

/**
 * The steps that turn `actual` into `wanted`, in the order in which to take them. Pure: same states, same plan. Two
 * states that agree give no steps.
 *
 * What is deleted goes first, so that its names and addresses are free; then each namespace is made and configured
 * before the next, which is also the fastest order: its cables from the other end, then everything inside it at once.
 */
export function plan(wanted: NetworkState, actual: NetworkState): Operation[] {
  return new Planner(wanted, actual).run();
}

const EMPTY: NamespaceState = { ...FRESH_NAMESPACE, links: {} };
const NONE: ReadonlySet<string> = new Set();

class Planner {
  readonly #wanted: NetworkState;
  readonly #actual: NetworkState;
  readonly #ops: Operation[] = [];
  /** Links that are there when the step being planned is taken, by namespace, as they will be then. */
  readonly #present = new Map<NamespaceName, Map<string, LinkState>>();
  /** Links that a step before deletes, whether or not another of their name is made. */
  readonly #gone = new Map<NamespaceName, Set<string>>();
  readonly #sysctls = new SysctlPlan(this.#ops);
  /** Namespaces that exist by then. */
  readonly #existing: Set<NamespaceName>;
  /** Namespaces that are still to be configured, each with its links that may not be there yet. */
  readonly #unconfigured = new Map<NamespaceName, string[]>();
  readonly #inheritances = new Map<NamespaceName, Inherited>();
  /** Where each namespace stands in the order in which they are made. */
  readonly #position: ReadonlyMap<NamespaceName, number>;

  constructor(wanted: NetworkState, actual: NetworkState) {
    this.#wanted = wanted;
    this.#actual = actual;
    const names = Object.keys(wanted.namespaces).filter((name) => name !== HOST);
    this.#position = new Map([...names, HOST].map((name, i) => [name, i]));
    this.#existing = new Set([HOST, ...Object.keys(actual.namespaces)]);
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
      this.#unconfigured.set(name, Object.keys(state.links));
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
        if (target === undefined ? isManagedKind(link.kind) : replacementReason(target, link) !== undefined) {
          this.#ops.push({ op: 'delete-link', namespace, name });
          this.#forget(namespace, name, link);
        }
      }
    }
  }

  #forget(namespace: NamespaceName, name: string, link: LinkState): void {
    this.#remove(namespace, name);
    if (link.peer !== undefined) this.#remove(link.peer.namespace, link.peer.name);
    for (const [other, port] of this.#links(namespace)) {
      if (port.master !== name) continue;
      const { master: _, ...free } = port;
      this.#links(namespace).set(other, free);
    }
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
        if (elsewhere === undefined || !this.#links(namespace).has(name)) continue;
        this.#ops.push({ op: 'delete-link', namespace, name });
        this.#forget(namespace, name, link);
      }
      this.#ops.push({ op: 'delete-namespace', namespace });
    }
  }

  #createNamespace(namespace: NamespaceName, state: NamespaceState): void {
    if (state.owner === undefined) throw new TypeError(`namespace ${namespace} has no owner`);
    this.#ops.push({ op: 'create-namespace', namespace, owner: state.owner, forwarding: forwardsFromTheStart(state) });
    this.#existing.add(namespace);
  }

  /** What must stand before links do: settings that new links inherit, and the rules their packets will meet. */
  #early(namespace: NamespaceName, state: NamespaceState): void {
    const fresh = namespace === HOST ? EMPTY : { ...EMPTY, sysctls: freshSettings(state) };
    const actual = this.#actual.namespaces[namespace] ?? fresh;
    const settings = SysctlPlan.general(state.sysctls);
    const set = (ofConntrack: boolean): void => {
      for (const [key, value] of settings)
        if (isConntrackSetting(key) === ofConntrack) this.#sysctls.set(namespace, key, value, actual.sysctls[key]);
    };
    set(false);
    for (const [key, table] of Object.entries(state.tables)) {
      if (table.flowtables === undefined) planTable(this.#ops, namespace, table, actual.tables[key]);
    }
    for (const [key, table] of Object.entries(actual.tables)) {
      if (state.tables[key] === undefined)
        this.#ops.push({ op: 'delete-table', namespace, table: { family: table.family, name: table.name } });
    }
    set(true);
  }

  /** Makes the links of a namespace whose other ends' namespaces exist: masters before their ports. */
  #createLinks(namespace: NamespaceName, state: NamespaceState): void {
    for (const [name, link] of Object.entries(state.links)) {
      if (link.kind !== 'veth' && link.kind !== 'loopback' && !this.#links(namespace).has(name))
        this.#createLink(namespace, name, link);
    }
    for (const [name, link] of Object.entries(state.links)) {
      if (link.kind !== 'veth' || this.#links(namespace).has(name)) continue;
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
    const up = link.up && link.inet === undefined && hasAlready(inherited, link);
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
      this.#inheritances.set(namespace, (inherited = inheritedBy(this.#wanted.namespaces[namespace] ?? EMPTY)));
    return inherited;
  }

  /** Configures the namespaces whose links are all there: routes need the links they go out by. */
  #configureComplete(): void {
    for (const [namespace, awaited] of this.#unconfigured) {
      const present = this.#links(namespace);
      // What is there stays there, so that none is looked up twice.
      while (awaited.length > 0 && present.has(awaited.at(-1)!)) awaited.pop();
      if (awaited.length > 0) continue;
      this.#unconfigured.delete(namespace);
      this.#configure(namespace, this.#wanted.namespaces[namespace]!);
    }
  }

  #isEarlier(a: NamespaceName, b: NamespaceName): boolean {
    return this.#position.get(a)! < this.#position.get(b)!;
  }

  #host(): void {
    const state = this.#wanted.namespaces[HOST] ?? EMPTY;
    if (this.#actual.namespaces[HOST] === undefined && this.#wanted.namespaces[HOST] === undefined) return;
    this.#early(HOST, state);
    this.#createLinks(HOST, state);
    this.#configure(HOST, state);
    // Cables to the host were all that these waited for.
    this.#configureComplete();
    const [left] = this.#unconfigured.keys();
    if (left !== undefined) throw new TypeError(`namespace ${left} has a link that cannot be made`);
  }

  #configure(namespace: NamespaceName, state: NamespaceState): void {
    const ops = this.#ops;
    const actual = this.#actual.namespaces[namespace] ?? EMPTY;
    const present = this.#links(namespace);
    /** Links whose routes the kernel may have dropped or changed, by a step of this plan. */
    const disturbed = new Set<string>();
    /** The same for one family: routes may have gone with an address of that family. */
    const disturbedOf = { 4: new Set<string>(), 6: new Set<string>() };
    /** Addresses whose routes it has dropped, by whatever link they leave. */
    const sources = new Set<Ip>();
    /** Before they are up and have addresses, or after everything else. */
    const setOfInterfaces = (early: boolean): void => {
      for (const [key, value] of Object.entries(state.sysctls)) {
        const name = interfaceOf(key);
        if (name === undefined || comesFirst(key, value) !== early) continue;
        // One that was made anew has lost what was set on the one before it.
        const known = present.get(name) === actual.links[name] ? actual.sysctls[key] : undefined;
        this.#sysctls.set(namespace, key, value, known);
      }
    };
    setOfInterfaces(true);
    for (const [name, link] of Object.entries(state.links)) {
      const now = present.get(name);
      if (now?.ipv6Off === true && needsIpv6(name, link, state.sysctls))
        this.#sysctls.set(namespace, ipv6SettingOf(name, 'disable_ipv6'), '0', '1');
      if (now === undefined || now.mtu < IPV6_MIN_MTU) continue;
      if (link.ipv6Off === true && now.ipv6Off !== true)
        this.#sysctls.set(namespace, ipv6SettingOf(name, 'disable_ipv6'), '1', '0');
      if (link.inet6 === undefined) continue;
      for (const [member, setting] of INET6_SETTINGS)
        this.#sysctls.set(
          namespace,
          ipv6SettingOf(name, setting),
          String(link.inet6[member]),
          now.inet6?.[member].toString(),
        );
    }

    for (const [name, link] of Object.entries(state.links)) {
      const now = present.get(name)!;
      const was = actual.links[name];
      if (now !== was || (was.up && !link.up)) disturbed.add(name);
      const change = linkChange(
        link,
        this.#sysctls.isDisturbed(namespace) && this.#sysctls.disturbs(namespace, forwardingOf(name))
          ? withoutInet(now)
          : now,
        now,
      );
      if (change !== undefined) ops.push({ op: 'change-link', namespace, name, kind: link.kind, change });
      // With a link's MTU the kernel also changes those that IPv6 routes were given.
      if (change?.mtu !== undefined) disturbedOf[6].add(name);
      for (const ip of planAddresses(ops, namespace, name, link, now)) {
        sources.add(ip);
        disturbedOf[familyOf(ip)].add(name);
      }
    }
    const gone = this.#gone.get(namespace) ?? NONE;
    for (const [key, table] of Object.entries(state.tables)) {
      if (table.flowtables !== undefined) planTable(ops, namespace, table, withoutDevices(actual.tables[key], gone));
    }
    const isDisturbed = (route: RouteState): boolean => {
      if (route.source !== undefined && sources.has(route.source)) return true;
      const moved = disturbedOf[familyOf(addressOf(route.destination))];
      return devicesOf(route).some((device) => disturbed.has(device) || moved.has(device));
    };
    const isGone = (device: string, family: Family): boolean =>
      gone.has(device) || (family === 6 && (state.links[device]?.mtu ?? IPV6_MIN_MTU) < IPV6_MIN_MTU);
    planRoutes(ops, namespace, state.routes, actual.routes, isDisturbed, isGone);

    const rules = difference(state.rules, actual.rules, JSON.stringify);
    for (const rule of rules.missing) ops.push({ op: 'add-rule', namespace, rule });
    for (const rule of rules.extra) ops.push({ op: 'delete-rule', namespace, rule });

    const left = actual.neighbours.filter(({ device, address }) => !isGone(device, familyOf(address)));
    const neighbours = difference(state.neighbours, left, (n) => `${n.device} ${n.address} ${n.mac}`);
    for (const neighbour of neighbours.extra) ops.push({ op: 'delete-neighbour', namespace, neighbour });
    for (const neighbour of neighbours.missing) ops.push({ op: 'add-neighbour', namespace, neighbour });

    setOfInterfaces(false);
  }
}

/** Whether a link has to have IPv6: the loopback unless it is told not to, others where they have addresses of it. */
const needsIpv6 = (name: string, link: LinkState, sysctls: NamespaceState['sysctls']): boolean =>
  link.kind === 'loopback'
    ? ['all', name].every((where) => (sysctls[ipv6SettingOf(where, 'disable_ipv6')] ?? '0') === '0')
    : link.addresses.some(({ address }) => familyOf(addressOf(address)) === 6);

const ipv6SettingOf = (link: string, name: string): string => `net.ipv6.conf.${link.replaceAll('.', '/')}.${name}`;

const INET6_SETTINGS = [
  ['acceptRa', 'accept_ra'],
  ['autoconf', 'autoconf'],
  ['acceptRedirects', 'accept_redirects'],
] as const;

/** Whether a new link has what is wanted of IPv6's settings. */
const hasAlready = (inherited: Inherited, { addrGenMode, inet6, ipv6Off }: LinkState): boolean =>
  (addrGenMode === undefined || addrGenMode === inherited.addrGenMode) &&
  (inet6 === undefined || same(inet6, inherited.inet6)) &&
  (ipv6Off === undefined || ipv6Off === inherited.ipv6Off);

const forwardingOf = (link: string): string => `net.ipv4.conf.${link.replaceAll('.', '/')}.forwarding`;

function withoutInet(link: LinkState): LinkState {
  const { inet: _, ...rest } = link;
  return rest;
}
