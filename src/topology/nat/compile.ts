import { addressOf, familyOf, type Cidr } from '../../addr/index.ts';
import type { TableState } from '../../state/index.ts';
import { natTable, type Nat } from '../../nat/index.ts';

/** A node's NAT as the tables of its namespace. @param uplink the addresses of its uplink, where that is its way out */
export function natTables(nat: Nat | undefined, uplink: readonly Cidr[]): Record<string, TableState> {
  const shared = nat?.address ?? uplink.filter((address) => familyOf(address) === 4).map(addressOf)[0];
  if (nat === undefined || shared === undefined) return {};
  const table = natTable(nat, shared);
  return { [`${table.family} ${table.name}`]: table };
}
