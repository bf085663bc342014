import type { Cidr, Family } from '../../addr/index.ts';
import { isList, type PortRange } from '../../format/index.ts';
import type { PortProtocol } from '../publish/index.ts';
import type { Limit } from './quantities.ts';
import type { ChainInput, EntryInput, FirewallInput } from './schema.ts';

/** Where packets are judged. */
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
  /** What a line of the log about something denied begins with; absent when nothing is logged. */
  readonly log?: string;
  readonly limit?: Limit;
  /** Whether all that conntrack finds related passes, and not ICMP errors alone. */
  readonly related: boolean;
  /** In their order; within one, all rules do the same, so that their order does not matter. */
  readonly groups: readonly { readonly action: Action; readonly rules: readonly Rule[] }[];
}

export interface Rule {
  /** `input-allow-1`: its chain's name. */
  readonly id: string;
  readonly action: Action;
  /** As it was written. */
  readonly words: string;
  readonly from?: Peers;
  readonly to?: Peers;
  /** Absent when it is about every protocol. */
  readonly services?: Services;
  readonly log?: string;
  readonly limit?: Limit;
}

/** Who is meant: any of these. No two prefixes overlap. */
export interface Peers {
  readonly interfaces: readonly string[];
  readonly prefixes: Readonly<Record<Family, readonly Cidr[]>>;
}

/** What is meant: any of these. */
export interface Services {
  /** Whole protocols, by nft's names. */
  readonly protocols: readonly string[];
  /** No two ranges of a protocol overlap. */
  readonly ports: readonly { readonly protocol: PortProtocol; readonly range: PortRange }[];
  /** Types of ICMP. */
  readonly icmp: Readonly<Record<Family, readonly string[]>>;
}

/** A rule as written, and where in its chain. */
export interface WrittenRule {
  readonly id: string;
  readonly entry: EntryInput;
  readonly path: readonly (string | number)[];
}

/** A chain as written, with what it leaves out. */
export interface WrittenChain {
  readonly default: Action;
  readonly log: boolean | string;
  readonly limit?: string;
  readonly related: boolean;
  readonly groups: readonly { readonly action: Action; readonly rules: readonly WrittenRule[] }[];
}

type ChainMap = Exclude<ChainInput, string>;

/** What a policy says about a hook; nothing where it says nothing. */
export function chainOf(input: FirewallInput, hook: Hook): WrittenChain | undefined {
  const given = input[hook];
  if (given === undefined) return undefined;
  const chain: ChainMap = typeof given === 'string' ? { default: given } : given;
  const limit = chain.limit ?? input.limit;
  const counts: Record<Action, number> = { allow: 0, deny: 0, reject: 0 };
  let related = false;
  const group = (action: Action, entries: ChainMap['allow'], path: WrittenRule['path']): WrittenChain['groups'] => {
    const rules = (entries ?? []).flatMap((entry, i): WrittenRule[] => {
      // That answers pass goes without saying.
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

/** The order in which lists beside each other are gone through. */
const ACTIONS: readonly Action[] = ['deny', 'reject', 'allow'];

/** Groups that follow each other and do the same, as one. */
function joined(groups: WrittenChain['groups']): WrittenChain['groups'] {
  const found: { action: Action; rules: WrittenRule[] }[] = [];
  for (const { action, rules } of groups) {
    const last = found.at(-1);
    if (last?.action === action) last.rules.push(...rules);
    else found.push({ action, rules: [...rules] });
  }
  return found;
}
