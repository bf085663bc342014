/**
 * How to compute an outside port from an inside port: `port & mask ^ xor`. nftables can compute this expression in a
 * match and in a snat statement, so that the port can be looked up and then used: `udp sport & 16383 ^ 32768`.
 */
export interface PortChoice {
  readonly mask: number;
  readonly xor: number;
}

/** How many ports are tried before a random one is used. */
const CHOICES = 8;

/**
 * The ports to try, in order, for an endpoint that cannot keep its own port. For a range of at most {@link CHOICES}
 * ports these are all ports of the range; for a larger range, some ports of its largest aligned block.
 */
export function portChoices([low, high]: readonly [number, number], parity: boolean): PortChoice[] {
  const blocks = alignedBlocks(low, high);
  const step = parity ? 2 : 1;
  const xors = (size: number): number[] =>
    Array.from({ length: Math.max(1, size / step) }, (_, i) => (i * step) % size);
  if (high - low < CHOICES * step)
    return blocks.flatMap(({ first, size }) => xors(size).map((xor) => ({ mask: size - 1, xor: first | xor })));
  const { first, size } = blocks.reduce((largest, block) => (block.size > largest.size ? block : largest));
  // Odd multiples of an arbitrary constant: all different, and never zero, which would be the port itself.
  const multiples = Array.from({ length: CHOICES }, (_, i) => (step * Math.imul(2 * i + 1, 0x2545)) & (size - 1));
  return [...new Set(multiples)].map((xor) => ({ mask: size - 1, xor: first | xor }));
}

/** Splits a range into the fewest aligned blocks: the size is a power of two, and the first port a multiple of it. */
function alignedBlocks(low: number, high: number): { first: number; size: number }[] {
  const blocks: { first: number; size: number }[] = [];
  for (let first = low; first <= high;) {
    let size = 1;
    while (first % (2 * size) === 0 && first + 2 * size - 1 <= high) size *= 2;
    blocks.push({ first, size });
    first += size;
  }
  return blocks;
}
