import { formatFlow } from '../../format/index.ts';
import type { NftRuleState, TableState } from '../../state/index.ts';
import { DEFAULT, ESTABLISHED, INVALID, LIMIT, RELATED } from './compile.ts';
import { chainOf, HOOKS, type Action, type Hook } from './policy.ts';
import type { FirewallInput } from './schema.ts';
import { readBackPolicy } from './source.ts';

/** The packets and bytes that matched a rule since the firewall was last loaded. */
export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/** A rule of a firewall, with its counters. */
export interface FirewallRuleView extends Count {
  readonly action: Action;
  /** As it was written: `{ from: lan, tcp: [22, 80-90] }`. */
  readonly words: string;
  /** The nftables chain that the rule is in: `input-allow-1`. */
  readonly chain: string;
}

/** One chain of a node's firewall (input, forward or output), with its counters. */
export interface FirewallChainView {
  /** In the order of evaluation. */
  readonly rules: readonly FirewallRuleView[];
  /** The default action, for packets that no rule matches. */
  readonly default: Count & { readonly action: Action };
  /** Packets of conntrack state `established`: accepted before the rules. */
  readonly established: Count;
  /** Packets of state `related` that are accepted: ICMP errors only, or all if the policy allows `related`. */
  readonly related: Count;
  /** Packets of state `invalid`, which are dropped; absent if the default is `allow`: then rules decide. */
  readonly invalid?: Count;
  /** Packets over the chain's rate limit, which are dropped. */
  readonly limit?: Count & { readonly words: string };
}

/** A firewall's policy as it was written, and the kernel's counters by chain. */
export type FirewallView = { readonly policy: FirewallInput } & Readonly<Partial<Record<Hook, FirewallChainView>>>;

/** Reads the counters of a firewall's table; undefined if the table is not a compiled policy. */
export function viewOf(table: TableState): FirewallView | undefined {
  const policy = readBackPolicy(table);
  if (policy === undefined) return undefined;
  const rulesOf = (chain: string): readonly NftRuleState[] => table.chains[chain]?.rules ?? [];
  const views = HOOKS.flatMap((hook): [Hook, FirewallChainView][] => {
    const chain = chainOf(policy, hook);
    if (chain === undefined) return [];
    const state = (name: string): Count => sum(rulesOf(`${hook}-${name}`));
    const commented = (comment: string): Count =>
      sum(rulesOf(hook).filter((rule) => rule.comment?.startsWith(comment) === true));
    const view: FirewallChainView = {
      rules: chain.groups.flatMap(({ action, rules }) =>
        rules.map(({ id, entry }) => ({ action, words: formatFlow(entry), ...sum(rulesOf(id)), chain: id })),
      ),
      default: { action: chain.default, ...commented(DEFAULT) },
      established: state(ESTABLISHED),
      related: state(RELATED),
      ...(chain.default !== 'allow' && { invalid: state(INVALID) }),
      ...(chain.limit !== undefined && { limit: { words: chain.limit, ...commented(LIMIT) } }),
    };
    return [[hook, view]];
  });
  return { policy, ...Object.fromEntries(views) };
}

function sum(rules: readonly NftRuleState[]): Count {
  let [packets, bytes] = [0, 0];
  for (const { statements } of rules)
    for (const statement of statements)
      if ('counter' in statement) {
        packets += statement.counter.packets ?? 0;
        bytes += statement.counter.bytes ?? 0;
      }
  return { packets, bytes };
}
