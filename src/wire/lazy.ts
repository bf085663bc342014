import type { Codec, Shape } from './codec.ts';

/** A codec that is looked up at its first use: for an attribute set that contains itself. */
export function lazy<T>(name: string, codec: () => Codec<T>): Codec<T> {
  return {
    name,
    get shape(): Shape {
      return codec().shape;
    },
    read: (from, start, end) => codec().read(from, start, end),
    write: (to, value) => codec().write(to, value),
  };
}
