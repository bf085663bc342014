import { addressOf, familyOf, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import { ADDRESS_TYPE, type SetElement, type SetState } from '../../state/index.ts';
import { FAMILIES } from '../families.ts';
import type { PortProtocol, Publication } from './text.ts';

/** The name of a map in a lab's table on the host, for ports published at every address or (`byAddress`) at one. */
export const publishedMapName = (family: Family, byAddress: boolean): string =>
  `published${family}${byAddress ? '-at' : ''}`;

/** The name of the set of nodes whose own firewall filters input from the uplink. */
export const firewalledSetName = (family: Family): string => `firewalled${family}`;

export const emptyPublishedMap = (family: Family, byAddress: boolean): SetState => ({
  key: byAddress ? ['inet_proto', ADDRESS_TYPE[family], 'inet_service'] : ['inet_proto', 'inet_service'],
  value: [ADDRESS_TYPE[family], 'inet_service'],
  flags: [],
  elements: [],
});

/** Elements for one of the maps. */
export interface PublishedElements {
  readonly name: string;
  readonly family: Family;
  /** The definition of the map, without elements. */
  readonly map: SetState;
  readonly elements: readonly SetElement[];
}

/** The map elements of a node's publication: one for each port, with the node's name as the comment. */
export function publishedElements(
  publication: Publication,
  node: string,
  addresses: readonly Cidr[],
): PublishedElements[] {
  const { protocol, family, address, hostPort, nodePort, count } = publication;
  const targets = addressByFamily(addresses);
  return (family === undefined ? FAMILIES : [family]).flatMap((version) => {
    const target = targets[version];
    if (target === undefined) return [];
    const byAddress = address !== undefined;
    const elements = Array.from({ length: count }, (_, i): SetElement => ({
      key: byAddress ? [protocol, address, hostPort + i] : [protocol, hostPort + i],
      value: [target, nodePort + i],
      comment: node,
    }));
    return [
      {
        name: publishedMapName(version, byAddress),
        family: version,
        map: emptyPublishedMap(version, byAddress),
        elements,
      },
    ];
  });
}

/** The last address of each family. */
export const addressByFamily = (addresses: readonly Cidr[]): Partial<Record<Family, Ip>> =>
  Object.fromEntries(addresses.map((address) => [familyOf(address), addressOf(address)]));

/** A port that a lab's table on the host publishes. */
export interface PublishedPort extends Publication {
  readonly node?: string;
  readonly target: Ip;
}

/** Parses an element of one of the maps; undefined for an element of another set. */
export function publicationOf(map: string, { key, value, comment }: SetElement): PublishedPort | undefined {
  const [, version, byAddress] = /^published([46])(-at)?$/.exec(map) ?? [];
  const [protocol, ...rest] = key;
  const port = rest.at(-1);
  const [target, nodePort] = value ?? [];
  if (version === undefined || typeof port !== 'number' || typeof nodePort !== 'number') return undefined;
  return {
    protocol: protocol as PortProtocol,
    family: version === '4' ? 4 : 6,
    ...(byAddress === undefined ? {} : { address: rest[0] as Ip }),
    hostPort: port,
    nodePort,
    count: 1,
    ...(comment === undefined ? {} : { node: comment }),
    target: target as Ip,
  };
}
