import { addressOf, familyOf, type Cidr } from '../../addr/index.ts';
import type { TableState } from '../../state/index.ts';
import { natTable, type Nat } from '../../nat/index.ts';

/**
 * The nftables table of a node's NAT, by its key; empty without a NAT.
 * @param uplink the addresses of the node's uplink; empty unless it has `internet`
 */
export function natTables(nat: Nat | undefined, uplink: readonly Cidr[]): Record<string, TableState> {
  const shared = nat?.address ?? uplink.filter((address) => familyOf(address) === 4).map(addressOf)[0];
  if (nat === undefined || shared === undefined) return {};
  const table = natTable(nat, shared);
  return { [`${table.family} ${table.name}`]: table };
}
