/** The highest port. */
export const PORT_MAX = 65_535;

/** A range of ports, inclusive. */
export interface PortRange {
  readonly first: number;
  readonly last: number;
}

/** Parses `80` or `1024-65535`; undefined unless it is a port from 1 to {@link PORT_MAX}, or a range of them. */
export function readPortRange(text: string): PortRange | undefined {
  const [, low, high = low] = /^([0-9]{1,5})(?:-([0-9]{1,5}))?$/.exec(text) ?? [];
  const [first, last] = [Number(low), Number(high)];
  return first >= 1 && first <= last && last <= PORT_MAX ? { first, last } : undefined;
}
