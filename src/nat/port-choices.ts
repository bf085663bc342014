/**
 * A way to make an outside port of an inside one: the bits of `mask` are kept, those of `xor` turned. It is what nft can
 * compute, so that the same port can be looked up and then taken: `udp sport & 16383 ^ 32768`.
 */
export interface PortChoice {
  readonly mask: number;
  readonly xor: number;
}

/** How many ports are tried before one is drawn by lot. */
const CHOICES = 8;

/**
 * The ports to try for an endpoint that cannot have its own, in order. All of a range that is not larger than that, each
 * once; of a larger one, some in the largest part of it that begins at a multiple of its size.
 */
export function portChoices([low, high]: readonly [number, number], parity: boolean): PortChoice[] {
  const blocks = alignedBlocks(low, high);
  const step = parity ? 2 : 1;
  const turns = (size: number): number[] =>
    Array.from({ length: Math.max(1, size / step) }, (_, i) => (i * step) % size);
  if (high - low < CHOICES * step)
    return blocks.flatMap(({ first, size }) => turns(size).map((turn) => ({ mask: size - 1, xor: first | turn })));
  const { first, size } = blocks.reduce((largest, block) => (block.size > largest.size ? block : largest));
  // Odd multiples of a constant without pattern: all different, and never zero, which would be the port itself.
  const some = Array.from({ length: CHOICES }, (_, i) => (step * Math.imul(2 * i + 1, 0x2545)) & (size - 1));
  return [...new Set(some)].map((turn) => ({ mask: size - 1, xor: first | turn }));
}

/** The fewest runs of ports, each beginning at a multiple of its size, which is a power of two. */
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
