import { EncodeError } from '../../wire/index.ts';
import { type Expr, expr, CmpOp, MetaKey } from '../expr/index.ts';
import type { MatchOperator, MatchValue, Selector, Statement } from '../../state/index.ts';
import { hostOrder, numberToBytes } from '../words/index.ts';
import { load, type Known, type Needs, partsOf } from './selectors.ts';
import { registerOrder } from './register.ts';

/** ARPHRD_ETHER of linux/if_arp.h. */
const ARPHRD_ETHER = 1;
const REGISTER = 1;

/** A match that nft puts before the one that needs it. */
export interface Dependency {
  readonly layer: 'link' | 'network' | 'transport';
  readonly knows: string;
  /** Absent for what has no words of its own: that the interface is an Ethernet one. */
  readonly match?: { readonly left: Selector; readonly right: string };
}

/** What has to be checked before a selector with these needs makes sense, beyond what is known; in nft's order. */
export function missingDependencies(known: Known, needs: Needs): readonly Dependency[] {
  const found: Dependency[] = [];
  if (needs.link !== undefined && known.link === undefined) found.push({ layer: 'link', knows: needs.link });
  if (needs.network !== undefined && known.network !== needs.network) {
    // ICMP is recognised by its protocol number alone where the family is settled.
    if (known.network === undefined)
      found.push({
        layer: 'network',
        knows: needs.network,
        match: networkMatch(known, needs.network, needs.transport !== undefined),
      });
    else if (needs.transport === undefined) conflict(known.network, needs.network);
  }
  if (needs.transport !== undefined && known.transport !== needs.transport) {
    if (known.transport !== undefined) conflict(known.transport, needs.transport);
    found.push({ layer: 'transport', knows: needs.transport, match: { left: 'meta l4proto', right: needs.transport } });
  }
  return found;
}

function networkMatch(known: Known, network: 'ip' | 'ip6', belowTransport: boolean): { left: Selector; right: string } {
  if (known.family === 'inet') return { left: 'meta nfproto', right: network === 'ip' ? 'ipv4' : 'ipv6' };
  return { left: known.family === 'bridge' && belowTransport ? 'ether type' : 'meta protocol', right: network };
}

function conflict(one: string, other: string): never {
  throw new EncodeError('a rule', `it matches ${one} and ${other}, but no packet is both`);
}

/** Notes that the packet is what its dependencies checked. */
export function markKnown(known: Known, needs: Needs): void {
  known.link ??= needs.link;
  known.network ??= needs.network;
  known.transport ??= needs.transport;
}

/** The matches that say which protocols the packet is of. */
const telling: readonly string[] = [
  'meta nfproto',
  'meta protocol',
  'ether type',
  'meta l4proto',
  'ip protocol',
  'ip6 nexthdr',
];

/** Notes what a match says about the packet's protocols. */
export function markKnownFrom(known: Known, left: string, op: MatchOperator, right: MatchValue): void {
  if (op !== '==' || typeof right === 'object' || !telling.includes(left)) return;
  const { type } = partsOf(left, new Map())[0]!;
  const word = String(type.format(type.parse(right)));
  if (left === 'meta nfproto') known.network = word === 'ipv4' ? 'ip' : word === 'ipv6' ? 'ip6' : word;
  else if (left === 'meta protocol' || left === 'ether type') {
    // Where a packet's family is settled by nfproto, nft does not go by its protocol.
    if (left === 'ether type' || known.family !== 'inet') known.network ??= word;
  } else known.transport = word;
}

/** The expressions that check a dependency. */
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

/** Whether a statement is what {@link dependencyExprs} would put there by itself. */
export function isDependency(statement: Statement | undefined, { match }: Dependency): boolean {
  if (statement === undefined || match === undefined || !('match' in statement)) return false;
  const { left, op, right } = statement.match;
  return left === match.left && op === '==' && right === match.right;
}
