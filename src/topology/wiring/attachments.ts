import { isList, listOf, type Path } from '../../format/index.ts';
import type { NodeInput } from './schema.ts';

/** One entry of a node's `networks`, whichever way it was written. */
export interface Attachment {
  readonly network: string;
  readonly path: Path;
  readonly addresses: readonly WrittenAddress[];
  readonly mac?: string;
  readonly interface?: WrittenName;
}

/** An address as written, and where. */
export interface WrittenAddress {
  readonly text: string;
  readonly path: Path;
}

/** An interface name as written, and where. */
export interface WrittenName {
  readonly text: string;
  readonly path: Path;
}

export function attachmentsOf({ networks }: NodeInput, nodePath: Path): Attachment[] {
  if (networks === undefined) return [];
  const path = [...nodePath, 'networks'];
  if (isList(networks)) return networks.map((network, i) => ({ network, path: [...path, i], addresses: [] }));
  return Object.entries(networks).map(([network, value]): Attachment => {
    const at = [...path, network];
    if (value === null) return { network, path: at, addresses: [] };
    if (typeof value === 'string' || isList(value))
      return { network, path: at, addresses: writtenAddresses(value, at) };
    return {
      network,
      path: at,
      addresses: writtenAddresses(value.address, [...at, 'address']),
      ...(value.mac !== undefined && { mac: value.mac }),
      ...(value.interface !== undefined && { interface: { text: value.interface, path: [...at, 'interface'] } }),
    };
  });
}

/** The addresses of a value that is none, one, or a list. */
export const writtenAddresses = (value: string | readonly string[] | undefined, path: Path): WrittenAddress[] =>
  listOf(value).map((text, i) => ({ text, path: typeof value === 'string' ? path : [...path, i] }));
