export {
  attribute,
  attributes,
  list,
  selected,
  type AttributeSet,
  type AttributesValue,
  type Unknown,
} from './attributes.ts';
export { align4, Bytes, LITTLE_ENDIAN } from './bytes.ts';
export type { AnyCodec, AttributeShape, Codec, Infer, Shape } from './codec.ts';
export { DecodeError, EncodeError } from './error.ts';
export { lazy } from './lazy.ts';
export { locate } from './locate.ts';
export { message, type MessageCodec } from './message.ts';
export { records } from './records.ts';
export {
  be16,
  be32,
  be64,
  bool,
  bytes,
  cString,
  flag,
  ip,
  mac,
  named,
  s32,
  sbe32,
  u16,
  u32,
  u64,
  u8,
  type Scalar,
} from './scalar.ts';
export { sequence } from './sequence.ts';
export { pad, struct, type Struct, type StructValue } from './struct.ts';
export { decodeText, encodeText } from './text.ts';
export { Writer } from './writer.ts';
