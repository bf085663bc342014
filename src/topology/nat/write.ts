import { cidr, addressOf, networkOf, type Cidr } from '../../addr/index.ts';
import type { ModelNat } from './model.ts';
import { LONGEST_PREFIX } from './nptv6.ts';
import { DEFAULT_PRESET, PRESET_NAMES, PRESETS, type NatPolicy } from './policy.ts';
import type { NatInput } from './schema.ts';

type LongForm = Exclude<NatInput, string>;

/** A policy with every word of it said, as a file has them. */
export type NatLongForm = ReturnType<typeof longForm>;

/** Every word of a policy, as a file has it. */
export const longForm = (policy: NatPolicy) => ({
  mapping: policy.mapping,
  filtering: policy.filtering,
  hairpin: policy.hairpin,
  ports: policy.ports.join('-'),
  'port-preserving': policy.portPreserving,
  parity: policy.parity,
  'udp-timeout': durationText(policy.udpTimeout),
  'tcp-timeout': durationText(policy.tcpTimeout),
  ipv6: policy.ipv6,
});

/** Seconds in the largest unit that they are whole in. */
const durationText = (seconds: number): string =>
  seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;

/** The shortest that says a NAT: the name of a preset, or what differs from the one that is closest. */
export function shortForm(
  { policy, oneToOne, prefixes }: ModelNat,
  sides: Pick<LongForm, 'inside' | 'outside'>,
): NatInput {
  const whole = longForm(policy);
  const [closest] = PRESET_NAMES.map((name) => {
    const of = longForm(PRESETS[name]);
    const differing = Object.entries(whole).filter(([key, value]) => of[key as keyof NatLongForm] !== value);
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
  // Prefixes say by themselves what becomes of IPv6.
  const said = Object.fromEntries(differing.filter(([key]) => !(key === 'ipv6' && prefixes.size > 0)));
  if (Object.keys(more).length === 0 && Object.keys(said).length === 0) return name;
  return { ...(name !== DEFAULT_PRESET && { preset: name }), ...said, ...more };
}

const prefixOf = (subnet: Cidr): Cidr => networkOf(cidr(addressOf(subnet), LONGEST_PREFIX));
