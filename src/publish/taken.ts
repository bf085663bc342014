import type { Family } from '../addr/index.ts';
import { HOST, namespaceName, type NetworkState, type ObservedState, type SetElement } from '../state/index.ts';
import { NETLINK_NETFILTER, NETLINK_ROUTE, NetlinkSocket } from '../netlink/index.ts';
import { findElement, listElements, listTableNames } from '../nftables/index.ts';
import { getAddresses } from '../rtnetlink/index.ts';
import {
  emptyPublishedMap,
  hostTableName,
  labOfHostTable,
  publicationOf,
  publishedMapName,
} from '../topology/index.ts';
import { PortTakenError } from './error.ts';
import { isListenedOn, listenerOn, type HostPort } from './sockets.ts';

/**
 * Checks that no program on the host listens on the ports and no other lab publishes them.
 * @param lab the lab whose own ports do not count; undefined if those of all labs do
 * @throws PortTakenError with the name of the owner
 */
export function requireFreePorts(lab: string | undefined, ports: readonly HostPort[]): void {
  if (ports.length === 0) return;
  const others = new OtherLabs(lab);
  for (const port of ports) {
    const owner = others.ownerOf(port);
    if (owner !== undefined)
      throw new PortTakenError(
        `${portText(port)} of the host is published by "${owner}"; remove it there (netwright publish ${owner} … --remove), or publish another port`,
      );
    if (!isListenedOn(port)) continue;
    const listener = listenerOn(port);
    const program =
      listener === undefined ? 'a program that is not visible here' : `"${listener.program}", process ${listener.pid}`;
    throw new PortTakenError(`${portText(port)} of the host is in use by ${program}; end it, or publish another port`);
  }
}

export const portText = ({ protocol, family, address, port }: HostPort): string =>
  `port ${port}/${protocol}${address === undefined ? '' : ` at ${family === 6 ? `[${address}]` : address}`}`;

/** The ports that a lab is to publish and does not publish yet. */
export function newPorts(lab: string, wanted: NetworkState, actual: ObservedState): HostPort[] {
  const key = `inet ${hostTableName(lab)}`;
  const sets = wanted.namespaces[HOST]?.tables[key]?.sets ?? {};
  const present = actual.namespaces[HOST]?.tables[key]?.sets ?? {};
  return Object.entries(sets).flatMap(([name, { elements }]) => {
    if (elements.length === 0 || publicationOf(name, elements[0]!) === undefined) return [];
    const known = new Set(present[name]?.elements.map(({ key: parts }) => JSON.stringify(parts)));
    return elements
      .filter(({ key: parts }) => !known.has(JSON.stringify(parts)))
      .map((element) => hostPortOf(name, element));
  });
}

export function hostPortOf(map: string, element: SetElement): HostPort {
  const { protocol, family, address, hostPort } = publicationOf(map, element)!;
  return { protocol, family: family!, ...(address === undefined ? {} : { address }), port: hostPort };
}

/** The ports that other labs publish. */
class OtherLabs {
  readonly #labs: readonly string[];
  readonly #atOne = new Map<string, readonly SetElement[]>();
  #addresses: ReadonlySet<string> | undefined;

  constructor(lab: string | undefined) {
    using socket = NetlinkSocket.open(NETLINK_NETFILTER);
    this.#labs = listTableNames(socket).flatMap((table) => {
      const other = labOfHostTable(table);
      return other === undefined || other === lab ? [] : [other];
    });
  }

  /** `LAB.NODE` that publishes the port at the same address, or with every address on either side. */
  ownerOf({ protocol, family, address, port }: HostPort): string | undefined {
    if (this.#labs.length === 0) return undefined;
    using socket = NetlinkSocket.open(NETLINK_NETFILTER);
    for (const lab of this.#labs) {
      const table = { family: 'inet', name: hostTableName(lab) } as const;
      const find = (atOne: boolean, key: SetElement['key']): SetElement | undefined =>
        findElement(socket, table, publishedMapName(family, atOne), emptyPublishedMap(family, atOne), key);
      const found =
        find(false, [protocol, port]) ??
        (address === undefined
          ? this.#atOneAddress(socket, lab, family).find(
              ({ key: [itsProtocol, , itsPort] }) => itsProtocol === protocol && itsPort === port,
            )
          : find(true, [protocol, address, port]));
      if (found !== undefined) return namespaceName({ lab, node: found.comment ?? '?' });
    }
    return undefined;
  }

  /** The ports that a lab publishes at single addresses of the host. Listed once, for speed. */
  #atOneAddress(socket: NetlinkSocket, lab: string, family: Family): readonly SetElement[] {
    const map = `${family} ${lab}`;
    let found = this.#atOne.get(map);
    if (found === undefined) {
      const elements = listElements(socket, 'inet', hostTableName(lab), publishedMapName(family, true)) ?? [];
      found = elements.filter(
        ({ key: [, address] }) => typeof address === 'string' && this.#hostAddresses().has(address),
      );
      this.#atOne.set(map, found);
    }
    return found;
  }

  #hostAddresses(): ReadonlySet<string> {
    if (this.#addresses === undefined) {
      using socket = NetlinkSocket.open(NETLINK_ROUTE);
      this.#addresses = new Set<string>(getAddresses(socket).flatMap(({ local, address }) => local ?? address ?? []));
    }
    return this.#addresses;
  }
}
