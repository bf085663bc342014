import { addressOf, familyOf, type Cidr, type Family, type Ip } from '../../addr/index.ts';
import { ADDRESS_TYPE, type SetElement, type SetState } from '../../state/index.ts';
import { FAMILIES } from '../families.ts';
import type { PortProtocol, Publication } from './text.ts';

/** The maps of a lab's table on the host: what is published at every address, and what is at one. */
export const publishedMap = (family: Family, atOne: boolean): string => `published${family}${atOne ? '-at' : ''}`;

/** The set of the nodes whose own firewall filters what comes in by their uplink. */
export const firewalled = (family: Family): string => `firewalled${family}`;

export const emptyPublishedMap = (family: Family, atOne: boolean): SetState => ({
  key: atOne ? ['inet_proto', ADDRESS_TYPE[family], 'inet_service'] : ['inet_proto', 'inet_service'],
  value: [ADDRESS_TYPE[family], 'inet_service'],
  flags: [],
  elements: [],
});

/** Elements of one of a table's maps. */
export interface PublishedElements {
  readonly name: string;
  readonly family: Family;
  /** What the map is; empty. */
  readonly map: SetState;
  readonly elements: readonly SetElement[];
}

/** What a node's publication adds to the maps of its lab's table: one element a port, which says whose it is. */
export function publishedElements(
  publication: Publication,
  node: string,
  addresses: readonly Cidr[],
): PublishedElements[] {
  const { protocol, family, address, hostPort, nodePort, count } = publication;
  const targets = byFamily(addresses);
  return (family === undefined ? FAMILIES : [family]).flatMap((version) => {
    const target = targets[version];
    if (target === undefined) return [];
    const atOne = address !== undefined;
    const elements = Array.from({ length: count }, (_, i): SetElement => ({
      key: atOne ? [protocol, address, hostPort + i] : [protocol, hostPort + i],
      value: [target, nodePort + i],
      comment: node,
    }));
    return [{ name: publishedMap(version, atOne), family: version, map: emptyPublishedMap(version, atOne), elements }];
  });
}

/** The last address of each family. */
export const byFamily = (addresses: readonly Cidr[]): Partial<Record<Family, Ip>> =>
  Object.fromEntries(addresses.map((address) => [familyOf(address), addressOf(address)]));

/** A port that a table on the host publishes. */
export interface PublishedPort extends Publication {
  readonly node?: string;
  readonly target: Ip;
}

/** An element of one of the maps, as what it publishes; undefined for one that is none of ours. */
export function publicationOf(map: string, { key, value, comment }: SetElement): PublishedPort | undefined {
  const [, version, atOne] = /^published([46])(-at)?$/.exec(map) ?? [];
  const [protocol, ...rest] = key;
  const port = rest.at(-1);
  const [target, nodePort] = value ?? [];
  if (version === undefined || typeof port !== 'number' || typeof nodePort !== 'number') return undefined;
  return {
    protocol: protocol as PortProtocol,
    family: version === '4' ? 4 : 6,
    ...(atOne === undefined ? {} : { address: rest[0] as Ip }),
    hostPort: port,
    nodePort,
    count: 1,
    ...(comment === undefined ? {} : { node: comment }),
    target: target as Ip,
  };
}
