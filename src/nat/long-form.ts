import type { NatPolicy } from './policy.ts';

/** A policy with all its keys, as in a topology file. */
export type NatLongForm = ReturnType<typeof longForm>;

/** Returns a policy with all its keys, as in a topology file. */
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

/** Formats seconds in the largest unit that gives a whole number: `90s`, `2m`, `1h`. */
const durationText = (seconds: number): string =>
  seconds % 3600 === 0 ? `${seconds / 3600}h` : seconds % 60 === 0 ? `${seconds / 60}m` : `${seconds}s`;
