import type { AttributeSet } from './attributes.ts';
import { align4, LITTLE_ENDIAN, type Bytes } from './bytes.ts';
import type { Codec } from './codec.ts';
import { DecodeError, EncodeError } from './error.ts';
import type { Struct } from './struct.ts';

/**
 * An array of records. Each is a header struct, whose first 16 bits are the record's length, then attributes (struct
 * rtnexthop of linux/rtnetlink.h). The length is no part of the value: declare it as {@link pad}.
 */
export function records<H extends object, A extends object>(
  name: string,
  header: Struct<H>,
  set: AttributeSet<A>,
): Codec<(Partial<H> & A)[]> {
  if (header.shape.type !== 'struct') throw new TypeError(`${name}: the fixed part must be a struct`);
  const fixed = new Set(header.shape.fields.map(([field]) => field));
  const headerSize = header.size;
  return {
    name,
    shape: { type: 'records', header, headerSize, attributes: set },
    read(from: Bytes, start: number, end: number) {
      const values: (Partial<H> & A)[] = [];
      let at = start;
      while (at + headerSize <= end) {
        const length = from.view.getUint16(at, LITTLE_ENDIAN);
        if (length < headerSize || at + length > end)
          throw new DecodeError(name, at, `a record of length ${length} in the ${end - at} bytes left`);
        const value: Record<string, unknown> = {};
        header.readInto(value, from, at);
        set.readInto(value, from, at + headerSize, at + length);
        values.push(value as Partial<H> & A);
        at = align4(at + length);
      }
      if (at < end) throw new DecodeError(name, at, `${end - at} bytes left over`);
      return values;
    },
    write(to, values) {
      for (const value of values) {
        const at = to.reserve(headerSize);
        header.writeAt(to, at, value);
        set.writeFrom(to, value, fixed);
        if (to.length - at > 0xffff)
          throw new EncodeError(name, `a record of ${to.length - at} bytes, whose length is 16 bits wide`);
        to.view.setUint16(at, to.length - at, LITTLE_ENDIAN);
      }
      return to.length;
    },
  };
}
