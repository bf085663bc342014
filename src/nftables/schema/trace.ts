import { attribute, attributes, be16, be32, be64, bytes, cString } from '../../wire/index.ts';
import { verdict } from '../data.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_TRACE_*. */
export const trace = netfilterMessage(
  'trace',
  attributes('trace', {
    table: attribute(1, cString()),
    chain: attribute(2, cString()),
    ruleHandle: attribute(3, be64),
    /** enum nft_trace_types: the policy of a base chain, a return from a chain, or a rule. */
    kind: attribute(4, be32),
    verdict: attribute(5, verdict),
    /** The same for all events of one packet. */
    id: attribute(6, be32),
    linkHeader: attribute(7, bytes()),
    networkHeader: attribute(8, bytes()),
    transportHeader: attribute(9, bytes()),
    iif: attribute(10, be32),
    iifType: attribute(11, be16),
    oif: attribute(12, be32),
    oifType: attribute(13, be16),
    mark: attribute(14, be32),
    nfproto: attribute(15, be32),
    policy: attribute(16, be32),
  }),
);
