import { formatFlow, listOf, type Issues, type Path, type PortRange } from '../../format/index.ts';
import { namespaceName } from '../../state/index.ts';
import { FAMILIES } from '../families.ts';
import { PORT_PROTOCOLS, type PortProtocol } from '../publish/index.ts';
import { elementCount } from './elements.ts';
import { hasIcmpType } from './icmp.ts';
import { resolvePeers, type NameScope } from './peers.ts';
import {
  chainOf,
  HOOKS,
  type ChainPolicy,
  type Hook,
  type Policy,
  type Rule,
  type Services,
  type WrittenRule,
} from './policy.ts';
import { parseLimit, parsePortRange } from './quantities.ts';
import type { ChainInput, EntryInput, FirewallInput } from './schema.ts';

/** The maximum of combinations of sources, destinations and ports of one rule: each is an element of a map. */
const MAX_COMBINATIONS = 65_536;

/** Resolves the names of a node's firewall. Errors go to `issues`, a `forward` without effect goes to `warnings`. */
export function resolveFirewall(
  lab: string,
  input: FirewallInput,
  scope: NameScope,
  issues: Issues,
  warnings: string[],
): Policy {
  const { node } = scope;
  const path = [...node.path, 'firewall'];
  const namespace = namespaceName({ lab, node: node.name });
  const chains: Partial<Record<Hook, ChainPolicy>> = {};
  for (const hook of HOOKS) {
    const written = chainOf(input, hook);
    if (written === undefined) continue;
    const chainPath = [...path, hook];
    checkLists(input[hook]!, chainPath, issues);
    const name = `${namespace} ${hook}`;
    // Accepted packets are only logged if a rule has `log`.
    const log = prefixOf(written.default !== 'allow' && written.log, `${name} ${written.default}`);
    chains[hook] = {
      default: written.default,
      ...(log !== undefined && { log }),
      ...(written.limit !== undefined && { limit: parseLimit(written.limit) }),
      related: written.related,
      groups: written.groups.map(({ action, rules }) => ({
        action,
        rules: rules.flatMap((rule): Rule[] => {
          const denies = action !== 'allow' && rule.entry.log === undefined;
          const prefix = prefixOf(
            denies ? written.log : (rule.entry.log ?? false),
            `${namespace} ${rule.id.replaceAll('-', ' ')}`,
          );
          const resolved = resolveRule(rule, hook, scope, [...chainPath, ...rule.path], issues);
          return resolved === undefined ? [] : [{ ...resolved, action, ...(prefix !== undefined && { log: prefix }) }];
        }),
      })),
    };
  }
  if (input.forward !== undefined && !node.forward)
    warnings.push(
      issues.locate(
        [...path, 'forward'],
        `the node "${node.name}" does not forward, so "forward" has no effect: give it "forward: true"`,
      ),
    );
  return { input, chains };
}

/** The log prefix of a value of `log`; undefined if nothing is logged. */
function prefixOf(log: boolean | string, defaultPrefix: string): string | undefined {
  if (log === false) return undefined;
  return log === true ? `${defaultPrefix}: ` : log;
}

function checkLists(chain: ChainInput, path: Path, issues: Issues): void {
  if (typeof chain === 'string' || chain.rules === undefined) return;
  for (const key of ['deny', 'reject', 'allow'] as const)
    if (chain[key] !== undefined)
      issues.add(
        [...path, key],
        `"rules" and "${key}" exclude each other: put "${key}" into "rules", or remove "rules"`,
        'key',
      );
}

function resolveRule(
  { id, entry }: WrittenRule,
  hook: Hook,
  scope: NameScope,
  path: Path,
  issues: Issues,
): Omit<Rule, 'action' | 'log'> | undefined {
  const sides = (['from', 'to'] as const).map((side) => {
    const words = entry[side];
    if (words === undefined) return {};
    const peers = resolvePeers(words, side, hook, scope, [...path, side], issues);
    return peers === undefined ? undefined : { [side]: peers };
  });
  const [from, to] = sides;
  if (from === undefined || to === undefined) return undefined;
  const services = servicesOf(entry);
  const rule = {
    id,
    words: formatFlow(entry),
    ...from,
    ...to,
    ...(services !== undefined && { services }),
    ...(entry.limit !== undefined && { limit: parseLimit(entry.limit) }),
  };
  const count = elementCount(rule);
  if (count === 0) issues.add(path, 'no packet matches this rule: it combines different families');
  else if (count > MAX_COMBINATIONS)
    issues.add(
      path,
      `the rule has ${count} combinations of sources, destinations and ports; the maximum is ${MAX_COMBINATIONS}: split it`,
    );
  return rule;
}

/** The services that a rule matches; undefined if it matches every protocol. */
function servicesOf(entry: EntryInput): Services | undefined {
  const protocols: string[] = [...new Set(listOf(entry.protocol))];
  const ports: { protocol: PortProtocol; range: PortRange }[] = [];
  for (const protocol of PORT_PROTOCOLS) {
    const value = entry[protocol];
    if (value === true) protocols.push(protocol);
    else ports.push(...mergedRanges(listOf(value).map(parsePortRange)).map((range) => ({ protocol, range })));
  }
  if (entry.icmp === true) protocols.push('icmp', 'ipv6-icmp');
  const types = entry.icmp === true ? [] : [...new Set(listOf(entry.icmp))];
  const [icmp4, icmp6] = FAMILIES.map((family) => types.filter((type) => hasIcmpType(family, type)));
  if (protocols.length + ports.length + types.length === 0) return undefined;
  return { protocols, ports, icmp: { 4: icmp4!, 6: icmp6! } };
}

/** Merges ranges that overlap. */
function mergedRanges(ranges: readonly PortRange[]): PortRange[] {
  const merged: { first: number; last: number }[] = [];
  for (const range of ranges.toSorted((a, b) => a.first - b.first)) {
    const last = merged.at(-1);
    if (last !== undefined && range.first <= last.last) last.last = Math.max(last.last, range.last);
    else merged.push({ ...range });
  }
  return merged;
}
