import type { AttributeSet } from './attributes.ts';
import { align4, LITTLE_ENDIAN } from './bytes.ts';
import type { Codec } from './codec.ts';
import { DecodeError } from './error.ts';

/**
 * Attributes that can repeat, in any order. The value is an array of objects with one key each: IFLA_AF_SPEC of a
 * bridge port has an IFLA_BRIDGE_VLAN_INFO for each VLAN.
 */
export function sequence<T extends object>(set: AttributeSet<T>): Codec<T[]> {
  return {
    name: set.name,
    get shape() {
      return set.shape;
    },
    read(from, start, end) {
      const values: T[] = [];
      let at = start;
      while (at + 4 <= end) {
        const next = at + from.view.getUint16(at, LITTLE_ENDIAN);
        if (next < at + 4 || next > end)
          throw new DecodeError(set.name, at, `an attribute of length ${next - at} in the ${end - at} bytes left`);
        values.push(set.read(from, at, next));
        at = align4(next);
      }
      if (at < end) throw new DecodeError(set.name, at, `${end - at} bytes left over`);
      return values;
    },
    write(to, values) {
      for (const value of values) set.write(to, value);
      return to.length;
    },
  };
}
