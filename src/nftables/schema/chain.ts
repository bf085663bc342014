import { attribute, attributes, be32, be64, bytes, cString, list, sbe32 } from '../../wire/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_HOOK_*. */
const hook = attributes('hook', {
  number: attribute(1, be32),
  priority: attribute(2, sbe32),
  device: attribute(3, cString()),
  devices: attribute(4, list('devices', 1, cString())),
});

/** NFTA_COUNTER_* of a base chain: the packets to which its policy was applied. */
const counters = attributes('counters', { bytes: attribute(1, be64), packets: attribute(2, be64) });

/** NFTA_CHAIN_*. */
export const chain = netfilterMessage(
  'chain',
  attributes('chain', {
    table: attribute(1, cString()),
    handle: attribute(2, be64),
    name: attribute(3, cString()),
    hook: attribute(4, hook),
    policy: attribute(5, be32),
    use: attribute(6, be32),
    type: attribute(7, cString()),
    counters: attribute(8, counters),
    flags: attribute(10, be32),
    id: attribute(11, be32),
    userData: attribute(12, bytes()),
  }),
);
