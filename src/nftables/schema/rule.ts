import { attribute, attributes, be32, be64, bytes, cString, list } from '../../wire/index.ts';
import { expression } from '../expr/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_RULE_COMPAT_*: the protocol of a rule from iptables-nft. */
const compat = attributes('compat', { protocol: attribute(1, be32), flags: attribute(2, be32) });

/** NFTA_RULE_EXPRESSIONS. */
export const expressionList = list('expressions', 1, expression);

/** NFTA_RULE_*. */
export const rule = netfilterMessage(
  'rule',
  attributes('rule', {
    table: attribute(1, cString()),
    chain: attribute(2, cString()),
    handle: attribute(3, be64),
    expressions: attribute(4, expressionList),
    compat: attribute(5, compat),
    position: attribute(6, be64),
    userData: attribute(7, bytes()),
    id: attribute(9, be32),
    positionId: attribute(10, be32),
    chainId: attribute(11, be32),
  }),
);

/** The attributes of a rule that listings need, with the expressions as bytes. */
export const listedRule = netfilterMessage(
  'rule',
  attributes('rule', {
    table: attribute(1, cString()),
    chain: attribute(2, cString()),
    expressions: attribute(4, bytes()),
    userData: attribute(7, bytes()),
  }),
);
