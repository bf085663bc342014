import { formatFlow } from '../../format/index.ts';
import type { NftRuleState, TableState } from '../../state/index.ts';
import { DEFAULT, ESTABLISHED, INVALID, LIMIT, RELATED } from './compile.ts';
import { chainOf, HOOKS, type Action, type Hook } from './policy.ts';
import type { FirewallInput } from './schema.ts';
import { policyIn } from './source.ts';

/** What packets have met a rule since the firewall was put there as it is. */
export interface Count {
  readonly packets: number;
  readonly bytes: number;
}

/** A rule of a firewall, and what it has counted. */
export interface FirewallRuleView extends Count {
  readonly action: Action;
  /** As it was written: `{ from: lan, tcp: [22, 80-90] }`. */
  readonly words: string;
  /** The nftables chain that the rule is in: `input-allow-1`. */
  readonly chain: string;
}

/** One chain of a node's firewall (what comes in, passes through, or goes out), with its counters. */
export interface FirewallChainView {
  /** In the order in which they count. */
  readonly rules: readonly FirewallRuleView[];
  /** What no rule is about. */
  readonly default: Count & { readonly action: Action };
  /** Answers, and what they answer: these come first, and meet no rule. */
  readonly established: Count;
  /** ICMP errors about connections; with `related` in the policy, whatever belongs to one. */
  readonly related: Count;
  /** What is part of no connection and begins none; absent where the default is to allow. */
  readonly invalid?: Count;
  /** What came beyond the chain's limit. */
  readonly limit?: Count & { readonly words: string };
}

/** A firewall in the words it was written in, with what the kernel has counted. */
export type FirewallView = { readonly policy: FirewallInput } & Readonly<Partial<Record<Hook, FirewallChainView>>>;

/** Reads a firewall's table; nothing when it is not one of ours. */
export function viewOf(table: TableState): FirewallView | undefined {
  const policy = policyIn(table);
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
