import { addressBits, familyOf, parseCidr, type Cidr } from '../../addr/index.ts';
import type { NftRuleState, Statement, TableState } from '../../model/index.ts';
import { formatEgress, parseEgress, type EgressProtocol, type EgressRule } from '../egress-text.ts';

export interface FoundEgress {
  /** In the spelling of the topology. */
  readonly rules: readonly string[];
  /** Whether there are destinations that were given by name: of those the kernel knows addresses alone. */
  readonly hasNames: boolean;
}

/** What the members of a network may reach outside; undefined when that is not limited. */
export function egressOf(table: TableState | undefined, bridge: string): FoundEgress | undefined {
  const chain = table?.chains[`from-${bridge}`];
  if (chain === undefined) return undefined;
  const rules: EgressRule[] = [];
  for (const one of chain.rules.flatMap(openedBy)) {
    const last = rules.at(-1);
    if (last !== undefined && last.ports === undefined && one.ports === undefined && last.network === one.network)
      rules.splice(-1, 1, { ...last, protocols: [...last.protocols, ...one.protocols] });
    else rules.push(one);
  }
  return {
    rules: rules.flatMap(spelt),
    hasNames: chain.rules.some(({ statements }) => statements.some((statement) => setOf(statement) !== undefined)),
  };
}

/** The rules that a destination without port and protocol comes to. */
const WHOLE = parseEgress('0.0.0.0').protocols.join();

const spelt = (rule: EgressRule): string[] =>
  rule.protocols.join() === WHOLE
    ? [formatEgress(rule)]
    : rule.protocols.map((protocol) => formatEgress({ ...rule, protocols: [protocol] }));

/** The destination that a rule opens, if it is one that does. */
function openedBy({ statements: [where, what, verdict] }: NftRuleState): EgressRule[] {
  if (where === undefined || what === undefined || verdict === undefined) return [];
  const network = networkOf(where);
  if (network === undefined || !('verdict' in verdict) || verdict.verdict !== 'accept' || !('match' in what)) return [];
  const { left, right } = what.match;
  if (left === 'icmp type' || left === 'icmpv6 type') return [{ network, protocols: ['icmp'] }];
  if (left === 'meta l4proto') return [{ network, protocols: [right as EgressProtocol] }];
  const protocol = left === 'tcp dport' ? 'tcp' : left === 'udp dport' ? 'udp' : undefined;
  if (protocol === undefined) return [];
  if (typeof right === 'number') return [{ network, protocols: [protocol], ports: [right, right] }];
  if (typeof right === 'string' || !('range' in right)) return [];
  const [first, last] = right.range;
  return [{ network, protocols: [protocol], ports: [Number(first), Number(last)] }];
}

function networkOf(statement: Statement): Cidr | undefined {
  if (!('match' in statement)) return undefined;
  const { left, op, right } = statement.match;
  if (op !== '==' || typeof right !== 'string') return undefined;
  if (left === 'meta nfproto') return parseCidr(right === 'ipv4' ? '0.0.0.0/0' : '::/0');
  if (left !== 'ip daddr' && left !== 'ip6 daddr') return undefined;
  return parseCidr(right.includes('/') ? right : `${right}/${addressBits(familyOf(right))}`);
}

function setOf(statement: Statement): string | undefined {
  if (!('match' in statement)) return undefined;
  const { right } = statement.match;
  return typeof right === 'object' && 'set' in right ? right.set : undefined;
}
