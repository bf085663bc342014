import type { Codec, Shape } from './codec.ts';

/** A codec that is declared further down: for sets that contain themselves. */
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
