import { isList, listOf, type Path } from '../../format/index.ts';
import type { NodeInput } from './schema.ts';

/** An entry of a node's `networks`, in any of its forms. */
export interface Attachment {
  readonly network: string;
  readonly path: Path;
  readonly addresses: readonly WrittenAddress[];
  readonly mac?: string;
  readonly interface?: WrittenName;
}

/** An address as written, with its position. */
export interface WrittenAddress {
  readonly text: string;
  readonly path: Path;
}

/** An interface name as written, with its position. */
export interface WrittenName {
  readonly text: string;
  readonly path: Path;
}

export function attachmentsOf({ networks }: NodeInput, nodePath: Path): Attachment[] {
  if (networks === undefined) return [];
  const path = [...nodePath, 'networks'];
  if (isList(networks)) return networks.map((network, i) => ({ network, path: [...path, i], addresses: [] }));
  return Object.entries(networks).map(([network, value]): Attachment => {
    const networkPath = [...path, network];
    if (value === null) return { network, path: networkPath, addresses: [] };
    if (typeof value === 'string' || isList(value))
      return { network, path: networkPath, addresses: writtenAddresses(value, networkPath) };
    return {
      network,
      path: networkPath,
      addresses: writtenAddresses(value.address, [...networkPath, 'address']),
      ...(value.mac !== undefined && { mac: value.mac }),
      ...(value.interface !== undefined && {
        interface: { text: value.interface, path: [...networkPath, 'interface'] },
      }),
    };
  });
}

/** The addresses of a value that is absent, one address or a list. */
export const writtenAddresses = (value: string | readonly string[] | undefined, path: Path): WrittenAddress[] =>
  listOf(value).map((text, i) => ({ text, path: typeof value === 'string' ? path : [...path, i] }));
