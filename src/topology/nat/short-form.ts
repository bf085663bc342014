import { addressOf, cidr, networkOf, type Cidr } from '../../addr/index.ts';
import {
  DEFAULT_PRESET,
  longForm,
  LONGEST_PREFIX,
  PRESET_NAMES,
  PRESETS,
  type Nat,
  type NatLongForm,
} from '../../nat/index.ts';
import type { NatInput } from './schema.ts';

type LongForm = Exclude<NatInput, string>;

/** The shortest value of `nat` for a NAT: the name of a preset, or the differences from the closest preset. */
export function shortForm({ policy, oneToOne, prefixes }: Nat, sides: Pick<LongForm, 'inside' | 'outside'>): NatInput {
  const whole = longForm(policy);
  const [closest] = PRESET_NAMES.map((name) => {
    const preset = longForm(PRESETS[name]);
    const differing = Object.entries(whole).filter(([key, value]) => preset[key as keyof NatLongForm] !== value);
    return { name, differing };
  }).toSorted((a, b) => a.differing.length - b.differing.length);
  const { name, differing } = closest!;
  const more: LongForm = {
    ...sides,
    ...(oneToOne.size > 0 && { 'one-to-one': Object.fromEntries(oneToOne) }),
    ...(prefixes.size > 0 && {
      prefix: Object.fromEntries([...prefixes].map(([from, to]) => [prefixOf(from), prefixOf(to)])),
    }),
  };
  // `prefix` implies `ipv6: nptv6`.
  const differences = Object.fromEntries(differing.filter(([key]) => !(key === 'ipv6' && prefixes.size > 0)));
  if (Object.keys(more).length === 0 && Object.keys(differences).length === 0) return name;
  return { ...(name !== DEFAULT_PRESET && { preset: name }), ...differences, ...more };
}

const prefixOf = (subnet: Cidr): Cidr => networkOf(cidr(addressOf(subnet), LONGEST_PREFIX));
