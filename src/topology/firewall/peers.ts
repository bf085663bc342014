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

/** Whose names a policy may use. */
export interface NameScope {
  readonly node: WiredNode;
  readonly networks: ReadonlyMap<string, Segment>;
  readonly nodes: ReadonlyMap<string, WiredNode>;
}

/** The way out: what a node's own uplink is called. */
const OUTSIDE = ['internet', UPLINK];

/** The interface that a packet is known by on each side, where it has passed one. */
const PASSES = { from: ['input', 'forward'], to: ['forward', 'output'] } as const;

/**
 * Who is meant by words. A network that the node is on is its interface there, where the packet passes one; any other is
 * the prefixes of those on it, and a node its addresses.
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
  let whole = true;
  for (const [i, word] of listOf(words).entries()) {
    const found = lookUp(word, (PASSES[side] as readonly Hook[]).includes(hook), scope);
    if (typeof found === 'string') {
      issues.add(typeof words === 'string' ? path : [...path, i], found.replace('SIDE', `"${side}" of ${hook}`));
      whole = false;
    } else {
      if (found.interface !== undefined) interfaces.add(found.interface);
      for (const prefix of found.prefixes ?? []) prefixes[familyOf(prefix)].push(prefix);
    }
  }
  if (!whole) return undefined;
  return { interfaces: [...interfaces], prefixes: { 4: withoutInner(prefixes[4]), 6: withoutInner(prefixes[6]) } };
}

interface Found {
  readonly interface?: string;
  readonly prefixes?: readonly Cidr[];
}

/** What a word means, or why it means nothing. */
function lookUp(word: string, passes: boolean, { node, networks, nodes }: NameScope): Found | string {
  const network = networks.get(word);
  if (network !== undefined) {
    const own = node.interfaces.find(({ segment }) => segment === network);
    if (own !== undefined && passes) return { interface: own.name };
    // By those who are there: a subnet that nobody has an address of is nobody's.
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
  const outside = OUTSIDE.includes(word);
  if (outside && !hasUplink(node))
    return `the node "${node.name}" has no uplink for "${word}": give it "internet: true" or "publish", or name an interface`;
  if (outside || node.interfaces.some(({ name }) => name === word)) {
    if (!passes) return `"${word}" is an interface, and packets have none yet, or no more, in SIDE`;
    return { interface: outside ? UPLINK : word };
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

/** Prefixes without those that lie in others, in the order of their addresses. */
function withoutInner(prefixes: readonly Cidr[]): Cidr[] {
  const spans = [...new Set(prefixes)].map((prefix) => ({ prefix, ...spanOf(prefix) }));
  spans.sort((a, b) => compare(a.low, b.low) || compare(b.high, a.high));
  const kept: typeof spans = [];
  for (const span of spans) if (span.low > (kept.at(-1)?.high ?? -1n)) kept.push(span);
  return kept.map(({ prefix }) => prefix);
}

const compare = (a: bigint, b: bigint): number => (a < b ? -1 : Number(a > b));
