import { ipToBigInt, type Ip } from '../addr/index.ts';
import type { SetState } from '../state/index.ts';
import type { Nat } from './model.ts';
import type { Mapping } from './policy.ts';

/** What mappings are kept of. */
export const MAPPED_PROTOCOLS = ['udp', 'tcp'] as const;
export type Protocol = (typeof MAPPED_PROTOCOLS)[number];

/** How long a port drawn by lot may take to be found somebody else's, in seconds. */
const DRAWN = 1;

/** The types of an endpoint: address and port. */
const ENDPOINT = ['ipv4_addr', 'inet_service'] as const;
/** What a mapping depends on beside the inside endpoint, as types and as selectors. */
export const DESTINATION: Readonly<Record<Mapping, readonly ('ipv4_addr' | 'inet_service')[]>> = {
  'endpoint-independent': [],
  'address-dependent': ['ipv4_addr'],
  'address-and-port-dependent': ['ipv4_addr', 'inet_service'],
};

/** The sets of what a NAT keeps of one protocol. */
export function setsOf(protocol: Protocol, { policy }: Nat, timeout: number): Record<string, SetState> {
  const live = (key: readonly string[], value?: readonly string[], lifetime = timeout): SetState => ({
    key,
    ...(value !== undefined && { value }),
    flags: ['timeout', 'dynamic'],
    elements: [],
    timeout: lifetime,
  });
  const endpoint = [...ENDPOINT, ...DESTINATION[policy.mapping]];
  return {
    [`${protocol}-out`]: live(endpoint, ['inet_service']),
    [`${protocol}-in`]: live(['inet_service'], ENDPOINT),
    [`${protocol}-ports`]: live(['inet_service']),
    ...(policy.filtering === 'address' && { [`${protocol}-peers`]: live(['inet_service', 'ipv4_addr']) }),
    [`${protocol}-drawn`]: live(endpoint, undefined, DRAWN),
  };
}

/** A map from addresses to addresses, in the order that the kernel lists it in. */
export const addressMap = (pairs: ReadonlyMap<Ip, Ip>): SetState => ({
  key: ['ipv4_addr'],
  value: ['ipv4_addr'],
  flags: [],
  elements: [...pairs]
    .toSorted(([a], [b]) => Number(ipToBigInt(a) - ipToBigInt(b)))
    .map(([key, value]) => ({ key: [key], value: [value] })),
});
