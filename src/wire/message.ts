import { align4, type Bytes } from './bytes.ts';
import type { AttributeSet } from './attributes.ts';
import type { Codec } from './codec.ts';
import { DecodeError } from './error.ts';
import { preallocated } from './preallocated.ts';
import type { Struct } from './struct.ts';
import type { Writer } from './writer.ts';

/** The payload of a netlink message: a header struct, then attributes. The value is one flat object of both. */
export interface MessageCodec<H, A> extends Codec<H & A> {
  /** Members of the header can be left out: they are written as zero. */
  write(to: Writer, value: Partial<H> & A): number;
}

export function message<H extends object, A extends object>(
  name: string,
  header: Struct<H>,
  set: AttributeSet<A>,
): MessageCodec<H, A> {
  if (header.shape.type !== 'struct') throw new TypeError(`${name}: the fixed part must be a struct`);
  const fixed = new Set(header.shape.fields.map(([field]) => field));
  const headerSize = align4(header.size);
  const Value = preallocated();
  return {
    name,
    shape: { type: 'message', header, headerSize, attributes: set },
    read(from: Bytes, start: number, end: number) {
      if (end - start < header.size)
        throw new DecodeError(name, start, `${end - start} bytes where at least ${header.size} belong`);
      const value = new Value();
      header.readInto(value, from, start);
      if (start + headerSize < end) set.readInto(value, from, start + headerSize, end);
      return value as H & A;
    },
    write(to, value) {
      const at = to.reserve(header.size);
      header.writeAt(to, at, value);
      set.writeFrom(to, value, fixed);
      return to.length;
    },
  };
}
