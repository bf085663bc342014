import { isDeepStrictEqual } from 'node:util';
import { cidr, ipFromBytes, isIp, parseCidr, parseIp, type Cidr, type Ip } from '../addr/index.ts';
import type { MatchValue, NftRuleState, SetElement, TableState } from '../state/index.ts';
import type { Nat } from './model.ts';
import type { Filtering, Mapping } from './policy.ts';
import { natTable } from './table.ts';

/** A NAT as it was found, whose shared address is known. */
export type FoundNat = Nat & { readonly address: Ip };

/**
 * The NAT that a table is; undefined for one that {@link natTable} does not make, or that was changed since. Where two
 * policies make the same table, one of them is told.
 */
export function readNat(table: TableState): FoundNat | undefined {
  const sketch = sketched(table);
  if (sketch === undefined) return undefined;
  // Whether parity is kept does not lie open: it is found out by trying.
  return [false, true]
    .map((parity) => ({ ...sketch, policy: { ...sketch.policy, parity } }))
    .find((nat) => isDeepStrictEqual(natTable(nat, nat.address), table));
}

const MAPPING_BY_KEY: Readonly<Record<number, Mapping>> = {
  2: 'endpoint-independent',
  3: 'address-dependent',
  4: 'address-and-port-dependent',
};

/** What can be read off the rules. */
function sketched({ chains, sets }: TableState): FoundNat | undefined {
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
  const over6 = (chains['postrouting']?.rules ?? []).flatMap(({ statements }) => statements);
  const address6 = over6.flatMap((statement) => ('snat' in statement ? [statement.snat.address] : []))[0];
  const masquerades = address6 !== undefined || over6.some((statement) => 'masquerade' in statement);
  return {
    policy: {
      mapping,
      filtering: filteringOf(chains, sets, outside),
      hairpin:
        chains['postrouting']!.rules.filter(({ statements }) => statements.some((one) => 'goto' in one)).length > 1,
      ports,
      portPreserving: translations.some(
        ({ ports: of }) => typeof of === 'object' && 'by' in of && of.by === 'udp sport',
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

/** Whether a rule lets in whatever is sent to a mapped port. */
const isOpen = ({ statements }: NftRuleState): boolean =>
  statements.some((one) => 'dnat' in one && isDeepStrictEqual(one.dnat.address, { map: 'udp-in', by: 'udp dport' }));

function filteringOf(chains: TableState['chains'], sets: TableState['sets'], outside: string): Filtering {
  if (sets['udp-peers'] !== undefined) return 'address';
  const open = (chains['prerouting']?.rules ?? []).filter(isOpen);
  return open.some((rule) => valuesOf(rule, 'iifname').includes(outside)) ? 'endpoint-independent' : 'address-and-port';
}

const isAddress = (word: unknown): word is Ip => typeof word === 'string' && isIp(word);

const pairsOf = (elements: readonly SetElement[]): ReadonlyMap<Ip, Ip> =>
  new Map(
    elements.flatMap(({ key: [inside], value: [outside] = [] }): [Ip, Ip][] =>
      isAddress(inside) && isAddress(outside) ? [[parseIp(inside), parseIp(outside)]] : [],
    ),
  );

/** The values that a rule asks for of a selector. */
function valuesOf(rule: NftRuleState | undefined, left: string): string[] {
  const words: MatchValue[] = [];
  for (const statement of rule?.statements ?? []) {
    if (!('match' in statement) || statement.match.left !== left) continue;
    const { right } = statement.match;
    words.push(...(typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right]));
  }
  return words.filter((word) => typeof word === 'string');
}

/** The /64s that are rewritten on their way out, and what each becomes. */
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
