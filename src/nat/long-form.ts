import type { NatPolicy } from './policy.ts';

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
