import {
  addressBits,
  addressOf,
  AddressError,
  cidr,
  familyOf,
  isIp,
  networkOf,
  parseIp,
  parseNetwork,
  spanOf,
  type Cidr,
  type Family,
  type Ip,
} from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { listOf, type Issues, type Path } from '../../format/index.ts';
import { UPLINK } from '../names.ts';
import { hasUplink, type Segment, type WiredNode } from '../wiring/index.ts';
import type { Hook, Peers } from './policy.ts';

/** The names that a policy can use. */
export interface NameScope {
  readonly node: WiredNode;
  readonly networks: ReadonlyMap<string, Segment>;
  readonly nodes: ReadonlyMap<string, WiredNode>;
}

/** The names of a node's uplink in a policy. */
const UPLINK_NAMES = ['internet', UPLINK];

/** The hooks in which a packet has an input interface (`from`) or an output interface (`to`). */
const INTERFACE_HOOKS = { from: ['input', 'forward'], to: ['forward', 'output'] } as const;

/**
 * Resolves the names in `from` or `to`. A network that the node is on becomes the node's interface there, if packets
 * have one in this hook. Any other network becomes the prefixes of its members, and a node becomes its addresses.
 */
export function resolvePeers(
  words: string | readonly string[],
  side: 'from' | 'to',
  hook: Hook,
  scope: NameScope,
  path: Path,
  issues: Issues,
): Peers | undefined {
  const interfaces = new Set<string>();
  const prefixes: Record<Family, Cidr[]> = { 4: [], 6: [] };
  let valid = true;
  for (const [i, word] of listOf(words).entries()) {
    const found = lookUp(word, (INTERFACE_HOOKS[side] as readonly Hook[]).includes(hook), scope);
    if (typeof found === 'string') {
      issues.add(typeof words === 'string' ? path : [...path, i], found.replace('SIDE', `"${side}" of ${hook}`));
      valid = false;
    } else {
      if (found.interface !== undefined) interfaces.add(found.interface);
      for (const prefix of found.prefixes ?? []) prefixes[familyOf(prefix)].push(prefix);
    }
  }
  if (!valid) return undefined;
  return {
    interfaces: [...interfaces],
    prefixes: { 4: withoutContained(prefixes[4]), 6: withoutContained(prefixes[6]) },
  };
}

interface Found {
  readonly interface?: string;
  readonly prefixes?: readonly Cidr[];
}

/** Resolves one name. Returns an error message if that is not possible. */
function lookUp(word: string, hasInterface: boolean, { node, networks, nodes }: NameScope): Found | string {
  const network = networks.get(word);
  if (network !== undefined) {
    const own = node.interfaces.find(({ segment }) => segment === network);
    if (own !== undefined && hasInterface) return { interface: own.name };
    // The prefixes of its members: a subnet without members matches nothing.
    const addresses = [...network.members.flatMap((member) => member.addresses), ...network.bridgeAddresses];
    if (addresses.length === 0) return `the network "${word}" has no addresses to match`;
    return { prefixes: addresses.map(networkOf) };
  }
  const other = nodes.get(word);
  if (other !== undefined) {
    const addresses = other.interfaces.flatMap((end) => end.addresses);
    if (addresses.length === 0) return `the node "${word}" has no address to match`;
    return { prefixes: addresses.map((address) => host(addressOf(address))) };
  }
  const isUplink = UPLINK_NAMES.includes(word);
  if (isUplink && !hasUplink(node))
    return `the node "${node.name}" has no uplink for "${word}": give it "internet: true" or "publish", or name an interface`;
  if (isUplink || node.interfaces.some(({ name }) => name === word)) {
    if (!hasInterface) return `"${word}" is an interface, and packets have none yet, or no more, in SIDE`;
    return { interface: isUplink ? UPLINK : word };
  }
  if (isIp(word)) return { prefixes: [host(parseIp(word))] };
  if (word.includes('/')) {
    try {
      return { prefixes: [parseNetwork(word)] };
    } catch (error) {
      if (error instanceof AddressError) return error.message;
      throw error;
    }
  }
  const candidates = [...networks.keys(), ...nodes.keys(), ...node.interfaces.map(({ name }) => name), 'internet'];
  return `"${word}" is not a network, a node, an interface of "${node.name}" or an address${didYouMean(word, candidates)}`;
}

const host = (ip: Ip): Cidr => cidr(ip, addressBits(familyOf(ip)));

/** Sorts prefixes, and removes those that are inside of others. */
function withoutContained(prefixes: readonly Cidr[]): Cidr[] {
  const spans = [...new Set(prefixes)].map((prefix) => ({ prefix, ...spanOf(prefix) }));
  spans.sort((a, b) => compare(a.low, b.low) || compare(b.high, a.high));
  const kept: typeof spans = [];
  for (const span of spans) if (span.low > (kept.at(-1)?.high ?? -1n)) kept.push(span);
  return kept.map(({ prefix }) => prefix);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));
