import { ipToBigInt, type Ip } from '../addr/index.ts';
import type { SetState } from '../state/index.ts';
import type { Nat } from './model.ts';
import type { Mapping } from './policy.ts';

/** The protocols with mappings. */
export const MAPPED_PROTOCOLS = ['udp', 'tcp'] as const;
export type Protocol = (typeof MAPPED_PROTOCOLS)[number];

/** How long an entry of a `drawn` set lasts, in seconds: from the choice of a random port to its check. */
const DRAWN = 1;

/** The types of an endpoint: address and port. */
const ENDPOINT = ['ipv4_addr', 'inet_service'] as const;
/** The parts of the destination that a mapping depends on, as nftables types. */
export const DESTINATION: Readonly<Record<Mapping, readonly ('ipv4_addr' | 'inet_service')[]>> = {
  'endpoint-independent': [],
  'address-dependent': ['ipv4_addr'],
  'address-and-port-dependent': ['ipv4_addr', 'inet_service'],
};

/** The sets and maps with a NAT's mappings of one protocol. */
export function setsOf(protocol: Protocol, { policy }: Nat, timeout: number): Record<string, SetState> {
  const timed = (key: readonly string[], value?: readonly string[], lifetime = timeout): SetState => ({
    key,
    ...(value !== undefined && { value }),
    flags: ['timeout', 'dynamic'],
    elements: [],
    timeout: lifetime,
  });
  const endpoint = [...ENDPOINT, ...DESTINATION[policy.mapping]];
  return {
    [`${protocol}-out`]: timed(endpoint, ['inet_service']),
    [`${protocol}-in`]: timed(['inet_service'], ENDPOINT),
    [`${protocol}-ports`]: timed(['inet_service']),
    ...(policy.filtering === 'address' && { [`${protocol}-peers`]: timed(['inet_service', 'ipv4_addr']) }),
    [`${protocol}-drawn`]: timed(endpoint, undefined, DRAWN),
  };
}

/** A map from addresses to addresses, in the order of the kernel's dump. */
export const addressMap = (pairs: ReadonlyMap<Ip, Ip>): SetState => ({
  key: ['ipv4_addr'],
  value: ['ipv4_addr'],
  flags: [],
  elements: [...pairs]
    .toSorted(([a], [b]) => Number(ipToBigInt(a) - ipToBigInt(b)))
    .map(([key, value]) => ({ key: [key], value: [value] })),
});
