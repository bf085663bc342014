import { attribute, attributes, be32, be64, bytes, cString, list } from '../../wire/index.ts';
import { expression } from '../expr/index.ts';
import { netfilterMessage } from './header.ts';

/** NFTA_RULE_COMPAT_*: what iptables-nft says of its rules. */
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

/** Of the same what is needed where many are listed, the expressions as they come. */
export const listedRule = netfilterMessage(
  'rule',
  attributes('rule', {
    table: attribute(1, cString()),
    chain: attribute(2, cString()),
    expressions: attribute(4, bytes()),
    userData: attribute(7, bytes()),
  }),
);
