import { align4, LITTLE_ENDIAN, type Bytes } from './bytes.ts';
import type { AnyCodec } from './codec.ts';
import { TYPE_MASK } from './attributes.ts';

/**
 * Returns the path of the attribute at `offset`: `link.linkInfo.data.id`. It names the attribute of an extended
 * acknowledgement (NLMSGERR_ATTR_OFFS). Lengths are checked, although this process wrote the bytes.
 */
export function locate(codec: AnyCodec, from: Bytes, start: number, end: number, offset: number): string {
  return [codec.name, ...path(codec, from, start, end, offset)].join('.');
}

function path(codec: AnyCodec, from: Bytes, start: number, end: number, offset: number): string[] {
  const shape = codec.shape;
  switch (shape.type) {
    case 'message':
      return path(shape.attributes as AnyCodec, from, start + shape.headerSize, end, offset);
    case 'attributes': {
      const found = attributeAt(from, start, end, offset);
      if (found === undefined) return [];
      const field = shape.fields.get(found.type);
      if (field === undefined) return [`unknown${found.type}`];
      const inner = field.codec ?? selectedCodec(field.selected, shape.fields, from, start, end);
      if (inner === undefined || offset < found.payload) return [field.name];
      return [field.name, ...path(inner as AnyCodec, from, found.payload, found.end, offset)];
    }
    case 'list': {
      const found = attributeAt(from, start, end, offset);
      if (found === undefined) return [];
      return [String(found.index), ...path(shape.element as AnyCodec, from, found.payload, found.end, offset)];
    }
    case 'records': {
      const found = recordAt(from, start, end, offset);
      if (found === undefined) return [];
      return [
        String(found.index),
        ...path(shape.attributes as AnyCodec, from, found.start + shape.headerSize, found.end, offset),
      ];
    }
    case 'address':
    case 'bytes':
    case 'custom':
    case 'flag':
    case 'integer':
    case 'struct':
    case 'text':
      return [];
  }
}

function recordAt(from: Bytes, start: number, end: number, offset: number) {
  for (let at = start, index = 0; at + 4 <= end; index++) {
    const length = from.view.getUint16(at, LITTLE_ENDIAN);
    if (length < 4 || at + length > end) return undefined;
    if (offset >= at && offset < align4(at + length)) return { index, start: at, end: at + length };
    at = align4(at + length);
  }
  return undefined;
}

function attributeAt(from: Bytes, start: number, end: number, offset: number) {
  for (let at = start, index = 0; at + 4 <= end; index++) {
    const length = from.view.getUint16(at, LITTLE_ENDIAN);
    if (length < 4 || at + length > end) return undefined;
    if (offset >= at && offset < align4(at + length)) {
      return { index, type: from.view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK, payload: at + 4, end: at + length };
    }
    at = align4(at + length);
  }
  return undefined;
}

/** Returns the codec that the value of a sibling selects, or undefined. */
function selectedCodec(
  selection: { readonly by: string; readonly registry: Readonly<Record<string, unknown>> } | undefined,
  fields: ReadonlyMap<number, { readonly name: string; readonly codec: unknown }>,
  from: Bytes,
  start: number,
  end: number,
): unknown {
  if (selection === undefined) return undefined;
  for (let at = start; at + 4 <= end;) {
    const length = from.view.getUint16(at, LITTLE_ENDIAN);
    if (length < 4 || at + length > end) return undefined;
    const field = fields.get(from.view.getUint16(at + 2, LITTLE_ENDIAN) & TYPE_MASK);
    if (field?.name === selection.by) {
      const key = (field.codec as AnyCodec).read(from, at + 4, at + length) as string;
      return Object.hasOwn(selection.registry, key) ? selection.registry[key] : undefined;
    }
    at = align4(at + length);
  }
  return undefined;
}
