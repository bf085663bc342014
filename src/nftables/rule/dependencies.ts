import { EncodeError } from '../../wire/index.ts';
import { type Expr, expr, CmpOp, MetaKey } from '../expr/index.ts';
import type { MatchOperator, MatchValue, Selector, Statement } from '../../state/index.ts';
import { hostOrder, numberToBytes } from '../datatypes/index.ts';
import { load, type ProtocolContext, type RequiredProtocols, partsOf } from './selectors.ts';
import { registerOrder } from './register.ts';

/** ARPHRD_ETHER of linux/if_arp.h. */
const ARPHRD_ETHER = 1;
const REGISTER = 1;

/** A dependency in nft's sense: an implicit match of the protocol that a selector requires. */
export interface Dependency {
  readonly layer: 'link' | 'network' | 'transport';
  readonly protocol: string;
  /** Absent for the Ethernet check (`meta iiftype ether`), which has no statement here. */
  readonly match?: { readonly left: Selector; readonly right: string };
}

/**
 * Returns the dependencies of a selector that the rule has not matched yet, in nft's order.
 * @throws EncodeError when the rule already matches another protocol of the same layer
 */
export function missingDependencies(protocols: ProtocolContext, requires: RequiredProtocols): readonly Dependency[] {
  const missing: Dependency[] = [];
  if (requires.link !== undefined && protocols.link === undefined)
    missing.push({ layer: 'link', protocol: requires.link });
  if (requires.network !== undefined && protocols.network !== requires.network) {
    // When the network protocol is known, nft matches ICMP by its protocol number only.
    if (protocols.network === undefined)
      missing.push({
        layer: 'network',
        protocol: requires.network,
        match: networkMatch(protocols, requires.network, requires.transport !== undefined),
      });
    else if (requires.transport === undefined) conflict(protocols.network, requires.network);
  }
  if (requires.transport !== undefined && protocols.transport !== requires.transport) {
    if (protocols.transport !== undefined) conflict(protocols.transport, requires.transport);
    missing.push({
      layer: 'transport',
      protocol: requires.transport,
      match: { left: 'meta l4proto', right: requires.transport },
    });
  }
  return missing;
}

/** @param hasTransport the selector requires a transport protocol too */
function networkMatch(
  { family }: ProtocolContext,
  network: 'ip' | 'ip6',
  hasTransport: boolean,
): { left: Selector; right: string } {
  if (family === 'inet') return { left: 'meta nfproto', right: network === 'ip' ? 'ipv4' : 'ipv6' };
  return { left: family === 'bridge' && hasTransport ? 'ether type' : 'meta protocol', right: network };
}

function conflict(first: string, second: string): never {
  throw new EncodeError('a rule', `it matches ${first} and ${second}, but no packet is both`);
}

/** Adds the protocols that a rule has matched. */
export function addProtocols(protocols: ProtocolContext, matched: RequiredProtocols): void {
  protocols.link ??= matched.link;
  protocols.network ??= matched.network;
  protocols.transport ??= matched.transport;
}

/** The selectors of a packet's protocols. */
const PROTOCOL_SELECTORS: readonly string[] = [
  'meta nfproto',
  'meta protocol',
  'ether type',
  'meta l4proto',
  'ip protocol',
  'ip6 nexthdr',
];

/** Adds the protocol that a match statement matches, if it is one of {@link PROTOCOL_SELECTORS}. */
export function addProtocolsOfMatch(
  protocols: ProtocolContext,
  left: string,
  op: MatchOperator,
  right: MatchValue,
): void {
  if (op !== '==' || typeof right === 'object' || !PROTOCOL_SELECTORS.includes(left)) return;
  const { type } = partsOf(left, new Map())[0]!;
  const protocol = String(type.format(type.parse(right)));
  if (left === 'meta nfproto') protocols.network = protocol === 'ipv4' ? 'ip' : protocol === 'ipv6' ? 'ip6' : protocol;
  else if (left === 'meta protocol' || left === 'ether type') {
    // In the family inet, nft derives the network protocol from `meta nfproto`, not from `meta protocol`.
    if (left === 'ether type' || protocols.family !== 'inet') protocols.network ??= protocol;
  } else protocols.transport = protocol;
}

/** Returns the expressions of a dependency. */
export function dependencyExprs({ match }: Dependency): Expr[] {
  if (match === undefined) {
    const value = hostOrder(numberToBytes(ARPHRD_ETHER, 2));
    return [
      expr('meta', { key: MetaKey.iiftype, dreg: REGISTER }),
      expr('cmp', { sreg: REGISTER, op: CmpOp.eq, data: { value } }),
    ];
  }
  const { source, type } = partsOf(match.left, new Map())[0]!;
  return [
    load(source, REGISTER),
    expr('cmp', { sreg: REGISTER, op: CmpOp.eq, data: { value: registerOrder(type, type.parse(match.right)) } }),
  ];
}

/** True if {@link dependencyExprs} would make the same expressions as this statement. */
export function isDependency(statement: Statement | undefined, { match }: Dependency): boolean {
  if (statement === undefined || match === undefined || !('match' in statement)) return false;
  const { left, op, right } = statement.match;
  return left === match.left && op === '==' && right === match.right;
}
