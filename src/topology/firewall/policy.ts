import type { Cidr, Family } from '../../addr/index.ts';
import { isList, type PortRange } from '../../format/index.ts';
import type { PortProtocol } from '../publish/index.ts';
import type { Limit } from './quantities.ts';
import type { ChainInput, EntryInput, FirewallInput } from './schema.ts';

/** The nftables hooks of a firewall's chains. */
export const HOOKS = ['input', 'forward', 'output'] as const;
export type Hook = (typeof HOOKS)[number];

export type Action = 'allow' | 'deny' | 'reject';

/** A node's firewall with its names resolved. */
export interface Policy {
  /** As it was written. */
  readonly input: FirewallInput;
  readonly chains: Readonly<Partial<Record<Hook, ChainPolicy>>>;
}

export interface ChainPolicy {
  readonly default: Action;
  /** The log prefix for packets that the default denies; absent if they are not logged. */
  readonly log?: string;
  readonly limit?: Limit;
  /** Whether all packets of conntrack state `related` are accepted, and not only ICMP errors. */
  readonly related: boolean;
  /** In this order. The rules of a group have the same action, so their order does not matter. */
  readonly groups: readonly { readonly action: Action; readonly rules: readonly Rule[] }[];
}

export interface Rule {
  /** The name of its chain, such as `input-allow-1`. */
  readonly id: string;
  readonly action: Action;
  /** As it was written. */
  readonly words: string;
  readonly from?: Peers;
  readonly to?: Peers;
  /** Absent if the rule matches every protocol. */
  readonly services?: Services;
  readonly log?: string;
  readonly limit?: Limit;
}

/** Alternative sources or destinations. The prefixes do not overlap. */
export interface Peers {
  readonly interfaces: readonly string[];
  readonly prefixes: Readonly<Record<Family, readonly Cidr[]>>;
}

/** Alternative protocols, ports and ICMP types. */
export interface Services {
  /** Whole protocols, by their nft names. */
  readonly protocols: readonly string[];
  /** The ranges of a protocol do not overlap. */
  readonly ports: readonly { readonly protocol: PortProtocol; readonly range: PortRange }[];
  /** ICMP types, by their nft names. */
  readonly icmp: Readonly<Record<Family, readonly string[]>>;
}

/** A rule as written, with its position in the chain. */
export interface WrittenRule {
  readonly id: string;
  readonly entry: EntryInput;
  readonly path: readonly (string | number)[];
}

/** A chain as written, with default values for absent keys. */
export interface WrittenChain {
  readonly default: Action;
  readonly log: boolean | string;
  readonly limit?: string;
  readonly related: boolean;
  readonly groups: readonly { readonly action: Action; readonly rules: readonly WrittenRule[] }[];
}

type ChainMap = Exclude<ChainInput, string>;

/** The chain that a policy has for a hook; undefined if it has none. */
export function chainOf(input: FirewallInput, hook: Hook): WrittenChain | undefined {
  const value = input[hook];
  if (value === undefined) return undefined;
  const chain: ChainMap = typeof value === 'string' ? { default: value } : value;
  const limit = chain.limit ?? input.limit;
  const counts: Record<Action, number> = { allow: 0, deny: 0, reject: 0 };
  let related = false;
  const group = (action: Action, entries: ChainMap['allow'], path: WrittenRule['path']): WrittenChain['groups'] => {
    const rules = (entries ?? []).flatMap((entry, i): WrittenRule[] => {
      // "established" is always accepted.
      if (typeof entry === 'string') related ||= entry === 'related';
      else return [{ id: `${hook}-${action}-${++counts[action]}`, entry, path: [...path, i] }];
      return [];
    });
    return rules.length === 0 ? [] : [{ action, rules }];
  };
  const groups =
    chain.rules === undefined
      ? ACTIONS.flatMap((action) => group(action, chain[action], [action]))
      : chain.rules.flatMap((step, i) =>
          ACTIONS.flatMap((action) => {
            const entries = step[action];
            if (entries === undefined) return [];
            return group(action, isList(entries) ? entries : [entries], ['rules', i, action]);
          }),
        );
  return {
    default: chain.default ?? 'deny',
    log: chain.log ?? input.log ?? false,
    ...(limit !== undefined && { limit }),
    related,
    groups: joined(groups),
  };
}

/** The order in which the lists of a chain without `rules` are evaluated. */
const ACTIONS: readonly Action[] = ['deny', 'reject', 'allow'];

/** Merges consecutive groups with the same action. */
function joined(groups: WrittenChain['groups']): WrittenChain['groups'] {
  const merged: { action: Action; rules: WrittenRule[] }[] = [];
  for (const { action, rules } of groups) {
    const last = merged.at(-1);
    if (last?.action === action) last.rules.push(...rules);
    else merged.push({ action, rules: [...rules] });
  }
  return merged;
}
