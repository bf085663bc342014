import { flowMessage, statsMessage } from '../../src/conntrack/schema.ts';
import { chain } from '../../src/nftables/schema/chain.ts';
import { elements } from '../../src/nftables/schema/elements.ts';
import { flowtable } from '../../src/nftables/schema/flowtable.ts';
import { batchMark, generation } from '../../src/nftables/schema/generation.ts';
import { rule } from '../../src/nftables/schema/rule.ts';
import { set } from '../../src/nftables/schema/set.ts';
import { table } from '../../src/nftables/schema/table.ts';
import {
  addressMessage,
  bridgeLinkMessage,
  linkMessage,
  neighbourMessage,
  netconfMessage,
  nsidMessage,
  routeMessage,
  ruleMessage,
} from '../../src/rtnetlink/index.ts';
import { inetConfSet } from '../../src/rtnetlink/link/inet-conf.ts';
import type { AnyCodec } from '../../src/wire/index.ts';

/** Every message there is, and sets that no message reads. What they contain is found through their shapes. */
export const schemas: readonly AnyCodec[] = [
  linkMessage,
  bridgeLinkMessage,
  addressMessage,
  routeMessage,
  ruleMessage,
  neighbourMessage,
  netconfMessage,
  nsidMessage,
  inetConfSet,
  table,
  chain,
  flowtable,
  set,
  elements,
  rule,
  generation,
  batchMark,
  flowMessage,
  statsMessage,
];
