import { addressBits, ipToBigInt, networksOf, parseCidr, parseIp, type Cidr, type Family } from '../../addr/index.ts';
import type { NftRuleState, SetWord, Statement, TableState } from '../../state/index.ts';
import { formatEgress, EGRESS_PROTOCOLS, type EgressProtocol, type EgressRule } from './text.ts';

export interface FoundEgress {
  /** In the spelling of the topology. */
  readonly rules: readonly string[];
  /** Whether there are destinations that were given by name: of those the kernel knows addresses alone. */
  readonly hasNames: boolean;
}

/** What one rule opens: destinations that have their protocols and ports in common. */
interface Opened extends Omit<EgressRule, 'network'> {
  readonly networks: readonly Cidr[];
}

/** What the members of a network may reach outside; undefined when that is not limited. */
export function egressOf(table: TableState | undefined, bridge: string): FoundEgress | undefined {
  const chain = table?.chains[`from-${bridge}`];
  if (chain === undefined) return undefined;
  const found: Opened[] = [];
  for (const one of chain.rules.flatMap(openedBy)) {
    const last = found.at(-1);
    if (last !== undefined && isSameElsewise(last, one))
      found.splice(-1, 1, { ...last, protocols: [...last.protocols, ...one.protocols] });
    else found.push(one);
  }
  const rules = found.flatMap(({ networks, ...rest }) => networks.map((network): EgressRule => ({ ...rest, network })));
  return {
    rules: rules.flatMap(formatted),
    hasNames: chain.rules.some(({ statements }) => statements.some((statement) => setOf(statement) !== undefined)),
  };
}

/** Whether two differ in nothing but their protocols, and so may have been one. */
const isSameElsewise = (a: Opened, b: Opened): boolean =>
  a.ports === undefined && b.ports === undefined && a.networks.join() === b.networks.join();

/** The rules that a destination without port and protocol comes to. */
const WHOLE = EGRESS_PROTOCOLS.join();

const formatted = (rule: EgressRule): string[] =>
  rule.protocols.join() === WHOLE
    ? [formatEgress(rule)]
    : rule.protocols.map((protocol) => formatEgress({ ...rule, protocols: [protocol] }));

/** The destinations that a rule opens, if it is one that does. */
function openedBy({ statements: [where, what, verdict] }: NftRuleState): Opened[] {
  if (where === undefined || what === undefined || verdict === undefined) return [];
  const networks = networksIn(where);
  if (networks === undefined || !('verdict' in verdict) || verdict.verdict !== 'accept' || !('match' in what))
    return [];
  const { left, right } = what.match;
  if (left === 'icmp type' || left === 'icmpv6 type') return [{ networks, protocols: ['icmp'] }];
  if (left === 'meta l4proto') return [{ networks, protocols: [right as EgressProtocol] }];
  const protocol = left === 'tcp dport' ? 'tcp' : left === 'udp dport' ? 'udp' : undefined;
  if (protocol === undefined) return [];
  if (typeof right === 'number') return [{ networks, protocols: [protocol], ports: [right, right] }];
  if (typeof right === 'string' || !('range' in right)) return [];
  const [first, last] = right.range;
  return [{ networks, protocols: [protocol], ports: [Number(first), Number(last)] }];
}

function networksIn(statement: Statement): Cidr[] | undefined {
  if (!('match' in statement)) return undefined;
  const { left, op, right } = statement.match;
  if (op !== '==' || (typeof right === 'object' && 'set' in right)) return undefined;
  if (left === 'meta nfproto') return [parseCidr(right === 'ipv4' ? '0.0.0.0/0' : '::/0')];
  if (left !== 'ip daddr' && left !== 'ip6 daddr') return undefined;
  const words = typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right];
  return words.flatMap((word) => networksSaid(word, left === 'ip daddr' ? 4 : 6));
}

function networksSaid(word: SetWord, family: Family): Cidr[] {
  if (typeof word === 'object') {
    const [low, high] = word.range.map((end) => ipToBigInt(parseIp(String(end)))) as [bigint, bigint];
    return networksOf({ low, high }, family);
  }
  const text = String(word);
  return [parseCidr(text.includes('/') ? text : `${text}/${addressBits(family)}`)];
}

function setOf(statement: Statement): string | undefined {
  if (!('match' in statement)) return undefined;
  const { right } = statement.match;
  return typeof right === 'object' && 'set' in right ? right.set : undefined;
}
