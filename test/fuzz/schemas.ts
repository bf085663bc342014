import {
  addressMessage,
  bridgeLinkMessage,
  linkMessage,
  neighbourMessage,
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
  nsidMessage,
  inetConfSet,
];
