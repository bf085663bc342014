import {
  addressBits,
  addressOf,
  familyOf,
  hostRange,
  ipFromBytes,
  ipToBigInt,
  ipToBytes,
  networkOf,
  parseNetwork,
  prefixLength,
  type Cidr,
  type Family,
  type Ip,
} from '../../addr/index.ts';

/** A subnet of a segment, with its bounds as numbers. */
export interface Subnet {
  readonly network: Cidr;
  readonly family: Family;
  readonly length: number;
  /** The first and the last address, including the network and broadcast addresses. */
  readonly start: bigint;
  readonly end: bigint;
}

export function subnetOf(network: Cidr): Subnet {
  const family = familyOf(network);
  const length = prefixLength(network);
  const start = ipToBigInt(addressOf(network));
  return { network, family, length, start, end: start + (1n << BigInt(addressBits(family) - length)) - 1n };
}

export const parseSubnet = (text: string): Subnet => subnetOf(parseNetwork(text));

export function subnetHas(subnet: Subnet, ip: Ip): boolean {
  if (familyOf(ip) !== subnet.family) return false;
  const value = ipToBigInt(ip);
  return value >= subnet.start && value <= subnet.end;
}

/** What `ip` is in its subnet if no host can have it, such as `network address`; undefined if a host can have it. */
export function specialAddress(subnet: Subnet, ip: Ip): string | undefined {
  const { first, last } = hostRange(subnet.network);
  const value = ipToBigInt(ip);
  if (value < first)
    return subnet.family === 4 ? 'network address' : "subnet-router anycast address (the subnet's lowest)";
  return value > last ? 'broadcast address' : undefined;
}

/** The same for an address with a prefix length, in its own network. */
export const specialInOwnNetwork = (address: Cidr): string | undefined =>
  specialAddress(subnetOf(networkOf(address)), addressOf(address));

/** The number of host addresses of a subnet. */
export function hostCount(subnet: Subnet): bigint {
  const { first, last } = hostRange(subnet.network);
  return last - first + 1n;
}

/**
 * The free host addresses of a subnet, lowest first. Uses numbers and bytes instead of bigints, to be fast for
 * thousands of nodes. For IPv6 it counts in the lowest 48 bits, which is more than the number of nodes.
 */
export class FreeAddresses {
  readonly #used: Set<Ip>;
  readonly #family: Family;
  readonly #bytes: Uint8Array;
  /** The next and the last value of the lowest four or six bytes. */
  #next: number;
  readonly #last: number;

  constructor(subnet: Subnet, used: Set<Ip>) {
    const { first, last } = hostRange(subnet.network);
    const mask = subnet.family === 4 ? 0xffff_ffffn : 0xffff_ffff_ffffn;
    this.#used = used;
    this.#family = subnet.family;
    this.#bytes = ipToBytes(addressOf(subnet.network));
    this.#next = Number(first & mask);
    this.#last = last - first > mask ? Number(mask) : Number(last & mask);
  }

  /** Takes the lowest free address. Returns undefined if the subnet is full. */
  take(): Ip | undefined {
    while (this.#next <= this.#last) {
      const ip = this.#format(this.#next++);
      if (this.#used.has(ip)) continue;
      this.#used.add(ip);
      return ip;
    }
    return undefined;
  }

  #format(value: number): Ip {
    const bytes = this.#bytes;
    const low = this.#family === 4 ? 4 : 6;
    for (let i = bytes.length - 1, rest = value; i >= bytes.length - low; i--) {
      bytes[i] = rest % 256;
      rest = Math.floor(rest / 256);
    }
    return ipFromBytes(bytes, 0, this.#family);
  }
}

/** The first two subnets that overlap. Sorts them, instead of comparing all pairs. */
export function firstOverlap<T extends { readonly subnet: Subnet }>(items: readonly T[]): readonly [T, T] | undefined {
  if (items.length < 2) return undefined;
  const sorted = items.toSorted(({ subnet: a }, { subnet: b }) => {
    if (a.family !== b.family) return a.family - b.family;
    return a.start < b.start ? -1 : a.start > b.start ? 1 : 0;
  });
  let widest = sorted[0]!;
  for (const item of sorted.slice(1)) {
    if (item.subnet.family === widest.subnet.family && item.subnet.start <= widest.subnet.end) return [widest, item];
    widest = item;
  }
  return undefined;
}
