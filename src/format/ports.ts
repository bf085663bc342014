/** The highest port there is. */
export const PORT_MAX = 65_535;

/** Ports from the first to the last. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Reads `80` and `1024-65535`; undefined for what is no port from 1 to {@link PORT_MAX}, and no range of them. */
export function readPortRange(text: string): PortRange | undefined {
  const [, low, high = low] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(low), Number(high)];
  return first >= 1 && first <= last && last <= PORT_MAX ? { first, last } : undefined;
}
