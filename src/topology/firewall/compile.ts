import { formatFlow } from '../../format/index.ts';
import {
  accept,
  drop,
  ESSENTIAL_ICMPV6,
  match,
  oneOf,
  rule,
  type ChainState,
  type NftRuleState,
  type Selector,
  type SetState,
  type Statement,
  type TableState,
} from '../../state/index.ts';
import { FIELDS } from './elements.ts';
import { lookupsOf, type RuleMap } from './maps.ts';
import { HOOKS, type Action, type ChainPolicy, type Hook, type Policy, type Rule } from './policy.ts';
import type { Limit } from './quantities.ts';
import { commentChunks, shortened } from './comments.ts';

/** The name of the table of a node's firewall, of family `inet`. */
export const FIREWALL_TABLE = 'netwright-firewall';
/** A chain that no rule jumps to. The comments of its rules, joined, are the policy as it was written. */
export const SOURCE_CHAIN = 'words';

/** Names of the chains and comments whose counters do not belong to a rule of the policy. */
export const ESTABLISHED = 'established';
export const RELATED = 'related';
export const INVALID = 'invalid';
export const LIMIT = 'limit';
export const DEFAULT = 'default';

/** The rate limit of each rule's log statement, so that a flood of packets does not fill the log. */
const LOG_LIMIT: Statement = { limit: { rate: 10, per: 'second', burst: 20 } };

const count: Statement = { counter: {} };

/** The nftables table of a node's firewall, by its key; empty without a firewall. */
export const firewallTable = (policy: Policy | undefined): Record<string, TableState> =>
  policy === undefined ? {} : { [`inet ${FIREWALL_TABLE}`]: compileFirewall(policy) };

/** The table that implements a policy. */
function compileFirewall(policy: Policy): TableState {
  const chains: Record<string, ChainState> = {};
  const sets: Record<string, SetState> = {};
  for (const hook of HOOKS) {
    const chain = policy.chains[hook];
    if (chain !== undefined) compileChain(hook, chain, chains, sets);
  }
  const source = commentChunks(formatFlow(policy.input)).map((piece) => rule(piece, { verdict: 'continue' }));
  return {
    family: 'inet',
    name: FIREWALL_TABLE,
    comment: 'firewall of the node; the unused chain words holds its source text',
    chains: { ...chains, [SOURCE_CHAIN]: { rules: source } },
    sets,
  };
}

function compileChain(
  hook: Hook,
  policy: ChainPolicy,
  chains: Record<string, ChainState>,
  sets: Record<string, SetState>,
): void {
  const permissive = policy.default === 'allow';
  const states = [ESTABLISHED, RELATED, ...(permissive ? [] : [INVALID])];
  const stateMap = `${hook}-state`;
  sets[stateMap] = {
    key: ['ct_state'],
    value: ['verdict'],
    flags: [],
    elements: states.map((state) => ({ key: [state], value: [`jump ${hook}-${state}`] })),
  };
  chains[`${hook}-${ESTABLISHED}`] = { rules: [rule('established connections', count, accept)] };
  chains[`${hook}-${RELATED}`] = {
    rules: [
      policy.related
        ? rule('related to a connection', count, accept)
        : rule('ICMP errors of connections', match('meta l4proto', '==', oneOf(['icmp', 'ipv6-icmp'])), count, accept),
    ],
  };
  if (!permissive) chains[`${hook}-${INVALID}`] = { rules: [rule('invalid packets', count, drop)] };

  const lookups = policy.groups.flatMap(({ action, rules }, i) => {
    for (const policyRule of rules) chains[policyRule.id] = { rules: ruleChain(policyRule) };
    const { maps, everything } = lookupsOf(rules);
    const repeated = policy.groups.some((other, j) => j < i && other.action === action);
    const prefix = `${hook}-${action}${repeated ? `-${i + 1}` : ''}`;
    const mapsByForm = new Map<string, number>();
    return [
      ...maps.map((map) => {
        const form = map.fields.join('-');
        const n = (mapsByForm.get(form) ?? 0) + 1;
        mapsByForm.set(form, n);
        const name = `${prefix}-by-${form}${n === 1 ? '' : `-${n}`}`;
        sets[name] = setOf(map);
        return { statements: [{ vmap: { left: selectorOf(map), set: name } }] } satisfies NftRuleState;
      }),
      ...everything.map((id): NftRuleState => ({ statements: [{ jump: id }] })),
    ];
  });

  chains[hook] = {
    base: { type: 'filter', hook, priority: 0, policy: permissive ? 'accept' : 'drop' },
    rules: [
      { statements: [{ vmap: { left: 'ct state', set: stateMap } }] },
      ...infrastructure(hook),
      ...(policy.limit === undefined ? [] : [rule(LIMIT, overLimit(policy.limit), count, drop)]),
      ...lookups,
      ...verdict(policy.default, `${DEFAULT}: ${policy.default}`, policy.log),
    ],
  };
}

/** Accepts what every node needs: its loopback, and IPv6 neighbour and router discovery. */
function infrastructure(hook: Hook): NftRuleState[] {
  if (hook === 'forward') return [];
  return [
    rule('the node itself', match(hook === 'input' ? 'iifname' : 'oifname', '==', 'lo'), accept),
    rule('essential ICMPv6 (RFC 4890)', match('icmpv6 type', '==', oneOf(ESSENTIAL_ICMPV6)), accept),
  ];
}

const overLimit = ({ rate, per, burst }: Limit): Statement => ({ limit: { rate, per, burst, over: true } });

/** The nftables rules for the packets that match a rule of the policy. */
const ruleChain = ({ action, words, log, limit }: Rule): NftRuleState[] => [
  // Packets over the limit continue with the next rule of the policy.
  ...(limit === undefined ? [] : [rule('within the limit', overLimit(limit), { verdict: 'return' })]),
  ...verdict(action, shortened(words), log),
];

function verdict(action: Action, comment: string, log: string | undefined): NftRuleState[] {
  return [
    ...(log === undefined ? [] : [{ statements: [LOG_LIMIT, { log: { prefix: log } }] }]),
    ...(action === 'reject'
      ? [
          rule(comment, match('meta l4proto', '==', 'tcp'), count, { reject: { with: 'tcp reset' } }),
          rule(comment, count, { reject: { with: 'icmpx admin-prohibited' } }),
        ]
      : [rule(comment, count, action === 'allow' ? accept : drop)]),
  ];
}

const selectorOf = ({ fields }: RuleMap): Selector =>
  fields.map((field) => FIELDS[field].selector).join(' . ') as Selector;

const setOf = ({ fields, ranged, elements }: RuleMap): SetState => ({
  key: fields.map((field) => FIELDS[field].type),
  value: ['verdict'],
  flags: ranged ? ['interval'] : [],
  elements,
});
