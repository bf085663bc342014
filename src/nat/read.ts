import { isDeepStrictEqual } from 'node:util';
import { cidr, ipFromBytes, isIp, parseCidr, parseIp, type Cidr, type Ip } from '../addr/index.ts';
import type { MatchValue, NftRuleState, SetElement, TableState } from '../state/index.ts';
import type { Nat } from './model.ts';
import type { Filtering, Mapping } from './policy.ts';
import { natTable } from './table.ts';

/** A NAT that was read from the kernel, with its shared address. */
export type FoundNat = Nat & { readonly address: Ip };

/**
 * Returns the NAT of a table; undefined if the table is not exactly as {@link natTable} generates it. If two policies
 * have the same table, returns one of them.
 */
export function readNat(table: TableState): FoundNat | undefined {
  const sketch = sketchOf(table);
  if (sketch === undefined) return undefined;
  // No single rule shows `parity`: both values are tried.
  return [false, true]
    .map((parity) => ({ ...sketch, policy: { ...sketch.policy, parity } }))
    .find((nat) => isDeepStrictEqual(natTable(nat, nat.address), table));
}

const MAPPING_BY_KEY: Readonly<Record<number, Mapping>> = {
  2: 'endpoint-independent',
  3: 'address-dependent',
  4: 'address-and-port-dependent',
};

/** The NAT as far as single rules and sets show it; `parity` is false. */
function sketchOf({ chains, sets }: TableState): FoundNat | undefined {
  const translations = (chains['translate']?.rules ?? []).flatMap(({ statements }) =>
    statements.flatMap((statement) => ('snat' in statement ? [statement.snat] : [])),
  );
  const [first] = chains['postrouting']?.rules ?? [];
  const mapping = MAPPING_BY_KEY[sets['udp-out']?.key.length ?? 0];
  const [udpTimeout, tcpTimeout] = [sets['udp-in']?.timeout, sets['tcp-in']?.timeout];
  const inside = valuesOf(first, 'iifname');
  const [outside] = valuesOf(first, 'oifname');
  const address = translations.map((to) => to.address).find((to) => typeof to === 'string');
  const ports = translations.flatMap(({ ports: range }): (readonly [number, number])[] => {
    if (typeof range === 'number') return [[range, range]];
    return range === undefined || 'by' in range ? [] : [range];
  })[0];
  if (mapping === undefined || udpTimeout === undefined || tcpTimeout === undefined || ports === undefined)
    return undefined;
  if (inside.length === 0 || outside === undefined || address === undefined) return undefined;
  const prefixes = prefixesOf(chains['prefix-out']?.rules ?? []);
  const postrouting = (chains['postrouting']?.rules ?? []).flatMap(({ statements }) => statements);
  const address6 = postrouting.flatMap((statement) => ('snat' in statement ? [statement.snat.address] : []))[0];
  const masquerades = address6 !== undefined || postrouting.some((statement) => 'masquerade' in statement);
  return {
    policy: {
      mapping,
      filtering: filteringOf(chains, sets, outside),
      hairpin:
        chains['postrouting']!.rules.filter(({ statements }) => statements.some((statement) => 'goto' in statement))
          .length > 1,
      ports,
      portPreserving: translations.some(
        ({ ports: range }) => typeof range === 'object' && 'by' in range && range.by === 'udp sport',
      ),
      parity: false,
      udpTimeout,
      tcpTimeout,
      ipv6: prefixes.size > 0 ? 'nptv6' : masquerades ? 'masquerade' : 'none',
    },
    inside,
    outside,
    address,
    ...(isAddress(address6) && { address6 }),
    oneToOne: pairsOf(sets['outside-of']?.elements ?? []),
    prefixes,
  };
}

/** True if a rule translates packets to any mapped UDP port. */
const isOpen = ({ statements }: NftRuleState): boolean =>
  statements.some(
    (statement) => 'dnat' in statement && isDeepStrictEqual(statement.dnat.address, { map: 'udp-in', by: 'udp dport' }),
  );

function filteringOf(chains: TableState['chains'], sets: TableState['sets'], outside: string): Filtering {
  if (sets['udp-peers'] !== undefined) return 'address';
  const open = (chains['prerouting']?.rules ?? []).filter(isOpen);
  return open.some((rule) => valuesOf(rule, 'iifname').includes(outside)) ? 'endpoint-independent' : 'address-and-port';
}

const isAddress = (value: unknown): value is Ip => typeof value === 'string' && isIp(value);

const pairsOf = (elements: readonly SetElement[]): ReadonlyMap<Ip, Ip> =>
  new Map(
    elements.flatMap(({ key: [inside], value: [outside] = [] }): [Ip, Ip][] =>
      isAddress(inside) && isAddress(outside) ? [[parseIp(inside), parseIp(outside)]] : [],
    ),
  );

/** The values that a rule matches a selector with. */
function valuesOf(rule: NftRuleState | undefined, left: string): string[] {
  const values: MatchValue[] = [];
  for (const statement of rule?.statements ?? []) {
    if (!('match' in statement) || statement.match.left !== left) continue;
    const { right } = statement.match;
    values.push(...(typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right]));
  }
  return values.filter((value) => typeof value === 'string');
}

/** The inside /64 prefixes of the rules, and the outside prefixes that replace them. */
function prefixesOf(rules: readonly NftRuleState[]): ReadonlyMap<Cidr, Cidr> {
  return new Map(
    rules.flatMap((rule): [Cidr, Cidr][] => {
      const [inside] = valuesOf(rule, 'ip6 saddr');
      const [written] = rule.statements.flatMap((statement) => ('write' in statement ? [statement.write.value] : []));
      if (inside?.includes('/') !== true || written === undefined || !/^0x[0-9a-f]{16}$/.test(written)) return [];
      const bytes = Buffer.alloc(16);
      bytes.write(written.slice(2), 'hex');
      return [[parseCidr(inside), cidr(ipFromBytes(bytes, 0, 6), 64)]];
    }),
  );
}
