import { addressBits, ipToBigInt, networksOf, parseCidr, parseIp, type Cidr, type Family } from '../../addr/index.ts';
import type { NftRuleState, SetWord, Statement, TableState } from '../../state/index.ts';
import { formatEgress, EGRESS_PROTOCOLS, type EgressProtocol, type EgressRule } from './text.ts';

export interface FoundEgress {
  /** As texts of the key `egress`. */
  readonly rules: readonly string[];
  /** Whether some destinations were host names: the kernel only has their addresses, so they cannot be read back. */
  readonly hasNames: boolean;
}

/** The destinations that one nftables rule accepts, with their protocols and ports. */
interface AllowedGroup extends Omit<EgressRule, 'network'> {
  readonly networks: readonly Cidr[];
}

/** The destinations that the members of a network can reach; undefined if the network has no `egress`. */
export function readBackEgress(table: TableState | undefined, bridge: string): FoundEgress | undefined {
  const chain = table?.chains[`from-${bridge}`];
  if (chain === undefined) return undefined;
  const groups: AllowedGroup[] = [];
  for (const group of chain.rules.flatMap(groupOf)) {
    const last = groups.at(-1);
    if (last !== undefined && differOnlyInProtocol(last, group))
      groups.splice(-1, 1, { ...last, protocols: [...last.protocols, ...group.protocols] });
    else groups.push(group);
  }
  const rules = groups.flatMap(({ networks, ...rest }) =>
    networks.map((network): EgressRule => ({ ...rest, network })),
  );
  return {
    rules: rules.flatMap(formatted),
    hasNames: chain.rules.some(({ statements }) => statements.some((statement) => setOf(statement) !== undefined)),
  };
}

/** Whether two groups without ports differ only in their protocols, and so can come from one text. */
const differOnlyInProtocol = (a: AllowedGroup, b: AllowedGroup): boolean =>
  a.ports === undefined && b.ports === undefined && a.networks.join() === b.networks.join();

/** The protocols of a destination that was written without port and protocol. */
const ALL_PROTOCOLS = EGRESS_PROTOCOLS.join();

const formatted = (rule: EgressRule): string[] =>
  rule.protocols.join() === ALL_PROTOCOLS
    ? [formatEgress(rule)]
    : rule.protocols.map((protocol) => formatEgress({ ...rule, protocols: [protocol] }));

/** The destinations that an nftables rule accepts; empty for any other rule. */
function groupOf({ statements: [daddr, service, verdict] }: NftRuleState): AllowedGroup[] {
  if (daddr === undefined || service === undefined || verdict === undefined) return [];
  const networks = networksIn(daddr);
  if (networks === undefined || !('verdict' in verdict) || verdict.verdict !== 'accept' || !('match' in service))
    return [];
  const { left, right } = service.match;
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
  return words.flatMap((word) => networksOfWord(word, left === 'ip daddr' ? 4 : 6));
}

function networksOfWord(word: SetWord, family: Family): Cidr[] {
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
