import {
  addressBits,
  cidr,
  familyOf,
  isIp,
  parseIp,
  parseNetwork,
  type Cidr,
  type Family,
  type Ip,
} from '../../addr/index.ts';
import { didYouMean } from '../../base/index.ts';
import { FormatError } from '../../format/index.ts';
import { DEFAULT_ROUTE } from '../families.ts';

/** A parsed route, before its device is known. */
export interface ParsedRoute {
  readonly family: Family;
  readonly type: 'unicast' | 'blackhole' | 'unreachable' | 'prohibit';
  readonly destination: Cidr;
  /** One for a unicast route, several for multipath, none for the other types. */
  readonly nexthops: readonly ParsedNexthop[];
  /** Whether the gateway is on the link even if no subnet of the device contains it (RTNH_F_ONLINK). */
  readonly onlink?: true;
  readonly source?: Ip;
  readonly metric?: number;
  readonly mtu?: number;
  readonly table?: number;
}

export interface ParsedNexthop {
  readonly gateway?: Ip;
  readonly device?: string;
  readonly weight: number;
}

const NO_HOP_TYPES = ['blackhole', 'unreachable', 'prohibit'] as const;
const ROUTE_WORDS = ['via', 'dev', 'src', 'metric', 'mtu', 'table', 'onlink', 'nexthop'];
const NEXTHOP_WORDS = ['via', 'dev', 'weight', 'nexthop'];
const U32_MAX = 0xffff_ffff;

/**
 * Parses a route as `ip route add` accepts it: `[TYPE] DEST [via GATEWAY] [dev IF] [src A] [metric N] [mtu N] [table N]
 * [onlink]`, and for multipath several `nexthop [via GATEWAY] [dev IF] [weight N]` at the end.
 * @throws FormatError or AddressError
 */
export function parseRoute(text: string): ParsedRoute {
  const words = new RouteWords(text);
  const type = NO_HOP_TYPES.find((word) => word === words.peek());
  if (type !== undefined) words.next();
  const destination = words.next() ?? words.fail('needs a destination: a prefix, an address or "default"');

  const options: RouteOptions = {};
  const single = readHop(words, ROUTE_WORDS, options);
  const hops: ParsedNexthop[] = [];
  while (words.peek() === 'nexthop') {
    words.next();
    hops.push(readHop(words, NEXTHOP_WORDS, {}));
  }
  const hasSingle = single.gateway !== undefined || single.device !== undefined || options.onlink === true;
  if (type !== undefined && (hasSingle || hops.length > 0))
    words.fail(`is of type ${type}, which takes no gateway and no device`);
  if (hasSingle && hops.length > 0) words.fail('has both "via" or "dev" and "nexthop"');
  if (type === undefined && !hasSingle && hops.length === 0)
    words.fail('needs a gateway ("via ADDRESS") or a device ("dev INTERFACE")');
  if (hasSingle) hops.push(single);
  if (options.onlink === true && single.device === undefined)
    words.fail('has "onlink", which needs a device ("dev INTERFACE")');
  for (const hop of hops) {
    if (hop.gateway === undefined && hop.device === undefined)
      words.fail('has a next hop with neither "via" nor "dev"');
  }

  const addresses = [
    ...hops.flatMap((hop) => hop.gateway ?? []),
    ...(options.source === undefined ? [] : [options.source]),
  ];
  const to = readDestination(destination, addresses);
  const family = familyOf(to);
  const other = addresses.find((address) => familyOf(address) !== family);
  if (other !== undefined) words.fail(`mixes IPv4 and IPv6: ${to} and ${other}`);
  return { family, type: type ?? 'unicast', destination: to, nexthops: hops, ...options };
}

interface RouteOptions {
  source?: Ip;
  metric?: number;
  mtu?: number;
  table?: number;
  onlink?: true;
}

function readHop(words: RouteWords, allowed: readonly string[], options: RouteOptions): ParsedNexthop {
  const hop: { gateway?: Ip; device?: string; weight: number } = { weight: 1 };
  const used = new Set<string>();
  for (let word = words.peek(); word !== undefined && word !== 'nexthop'; word = words.peek()) {
    words.next();
    if (!allowed.includes(word)) words.fail(`has an unknown word "${word}"${didYouMean(word, allowed)}`);
    if (used.has(word)) words.fail(`has "${word}" twice`);
    used.add(word);
    switch (word) {
      case 'via':
        hop.gateway = parseIp(words.value('via', 'the address of a gateway'));
        break;
      case 'dev':
        hop.device = words.value('dev', 'the name of an interface');
        break;
      case 'onlink':
        options.onlink = true;
        break;
      case 'src':
        options.source = parseIp(words.value('src', 'an address'));
        break;
      case 'weight':
        hop.weight = words.number('weight', 1, 256);
        break;
      case 'metric':
        options.metric = words.number('metric', 0, U32_MAX);
        break;
      case 'mtu':
        options.mtu = words.number('mtu', 68, 65535);
        break;
      case 'table': {
        const table = words.number('table', 1, U32_MAX);
        // 254 is the main table, which is the default.
        if (table !== 254) options.table = table;
      }
    }
  }
  return hop;
}

function readDestination(text: string, addresses: readonly Ip[]): Cidr {
  if (text === 'default') return DEFAULT_ROUTE[addresses[0] === undefined ? 4 : familyOf(addresses[0])];
  if (text.includes('/')) return parseNetwork(text);
  if (!isIp(text)) throw new FormatError(`"${text}" is not a destination: a prefix, an address or "default"`);
  const ip = parseIp(text);
  return cidr(ip, addressBits(familyOf(ip)));
}

/** A reader for the words of a route's text. */
class RouteWords {
  readonly #text: string;
  readonly #words: readonly string[];
  #at = 0;

  constructor(text: string) {
    this.#text = text;
    this.#words = text.split(/\s+/).filter((word) => word !== '');
  }

  peek(): string | undefined {
    return this.#words[this.#at];
  }

  next(): string | undefined {
    return this.#words[this.#at++];
  }

  value(word: string, expected: string): string {
    return this.next() ?? this.fail(`needs ${expected} after "${word}"`);
  }

  number(word: string, min: number, max: number): number {
    const text = this.value(word, 'a number');
    const value = Number(text);
    if (!/^[0-9]+$/.test(text) || value < min || value > max)
      this.fail(`needs a number from ${min} to ${max} after "${word}", not "${text}"`);
    return value;
  }

  fail(message: string): never {
    throw new FormatError(`the route "${this.#text}" ${message}`);
  }
}
