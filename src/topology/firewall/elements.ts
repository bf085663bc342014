import { addressBits, addressOf, familyOf, prefixLength, spanOf, type Cidr, type Family } from '../../addr/index.ts';
import type { SetElement } from '../../state/index.ts';
import { FAMILIES } from '../families.ts';
import type { Peers, Rule, Services } from './policy.ts';

/** The fields of a map's key: the nft expression that selects the value from a packet, and its nft data type. */
export const FIELDS = {
  iif: { selector: 'iifname', type: 'ifname' },
  saddr: { selector: 'ip saddr', type: 'ipv4_addr' },
  saddr6: { selector: 'ip6 saddr', type: 'ipv6_addr' },
  oif: { selector: 'oifname', type: 'ifname' },
  daddr: { selector: 'ip daddr', type: 'ipv4_addr' },
  daddr6: { selector: 'ip6 daddr', type: 'ipv6_addr' },
  proto: { selector: 'meta l4proto', type: 'inet_proto' },
  dport: { selector: 'th dport', type: 'inet_service' },
  icmp: { selector: 'icmp type', type: 'icmp_type' },
  icmp6: { selector: 'icmpv6 type', type: 'icmpv6_type' },
} as const;
export type Field = keyof typeof FIELDS;

/** One field of an element's key: its nft value and, for a prefix or a range, its first and last number. */
export interface Part {
  readonly word: SetElement['key'][number];
  readonly span?: { readonly low: bigint; readonly high: bigint };
}

/** Alternative values of the same key fields for one criterion of a rule. Each value has a part for every field. */
interface Choice {
  readonly fields: readonly Field[];
  readonly family?: Family;
  readonly values: readonly (readonly Part[])[];
}

/** Elements of a map with the key `fields`. Without fields, all packets match. */
export interface Elements {
  readonly fields: readonly Field[];
  readonly keys: readonly (readonly Part[])[];
}

type Matching = Pick<Rule, 'from' | 'to' | 'services'>;

/** The number of elements of a rule; 0 if no packet can match it. */
export const elementCount = (rule: Matching): number =>
  formsOf(rule).reduce((sum, choices) => sum + choices.reduce((product, { values }) => product * values.length, 1), 0);

/** The elements of a rule, grouped by the fields of their keys. They do not overlap. */
export function elementsOf(rule: Matching): Elements[] {
  const byFields = new Map<string, { fields: readonly Field[]; keys: (readonly Part[])[] }>();
  for (const choices of formsOf(rule)) {
    let keys: readonly (readonly Part[])[] = [[]];
    for (const { values } of choices) keys = keys.flatMap((key) => values.map((value) => [...key, ...value]));
    const fields = choices.flatMap((choice) => choice.fields);
    const name = fields.join(' ');
    const same = byFields.get(name);
    if (same === undefined) byFields.set(name, { fields, keys: [...keys] });
    else same.keys.push(...keys);
  }
  return [...byFields.values()];
}

/** All combinations of source, destination and service choices that are possible in one address family. */
function formsOf({ from, to, services }: Matching): (readonly Choice[])[] {
  const forms: (readonly Choice[])[] = [];
  for (const sender of peerChoices(from, { interface: 'iif', 4: 'saddr', 6: 'saddr6' }))
    for (const receiver of peerChoices(to, { interface: 'oif', 4: 'daddr', 6: 'daddr6' }))
      for (const service of serviceChoices(services)) {
        const choices = [sender, receiver, service];
        if (new Set(choices.flatMap(({ family }) => family ?? [])).size < 2) forms.push(choices);
      }
  return forms;
}

const ANY: Choice = { fields: [], values: [[]] };

const filled = (choices: readonly Choice[]): Choice[] => choices.filter(({ values }) => values.length > 0);

function peerChoices(peers: Peers | undefined, fields: Readonly<Record<'interface' | Family, Field>>): Choice[] {
  if (peers === undefined) return [ANY];
  return filled([
    { fields: [fields.interface], values: peers.interfaces.map((word) => [{ word }]) },
    ...FAMILIES.map((family) => ({
      fields: [fields[family]],
      family,
      values: peers.prefixes[family].map((prefix) => [{ word: prefixText(prefix), span: spanOf(prefix) }]),
    })),
  ]);
}

/** A prefix as nft writes it: a host prefix as the plain address. */
const prefixText = (prefix: Cidr): string =>
  prefixLength(prefix) === addressBits(familyOf(prefix)) ? addressOf(prefix) : prefix;

/** The address family of protocols that belong to only one. */
const FAMILY_OF: Readonly<Record<string, Family>> = { icmp: 4, 'ipv6-icmp': 6, igmp: 4 };

function serviceChoices(services: Services | undefined): Choice[] {
  if (services === undefined) return [ANY];
  const { protocols, ports, icmp } = services;
  const whole = (family: Family | undefined): Choice => ({
    fields: ['proto'],
    ...(family !== undefined && { family }),
    values: protocols.filter((word) => FAMILY_OF[word] === family).map((word) => [{ word }]),
  });
  return filled([
    {
      fields: ['proto', 'dport'],
      values: ports.map(({ protocol, range: { first, last } }) => [
        { word: protocol },
        { word: first === last ? first : { range: [first, last] }, span: { low: BigInt(first), high: BigInt(last) } },
      ]),
    },
    whole(undefined),
    whole(4),
    whole(6),
    { fields: ['icmp'], family: 4, values: icmp[4].map((word) => [{ word }]) },
    { fields: ['icmp6'], family: 6, values: icmp[6].map((word) => [{ word }]) },
  ]);
}
