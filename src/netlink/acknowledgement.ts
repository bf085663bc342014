import { align4, LITTLE_ENDIAN, locate, type AnyCodec, type Bytes } from '../wire/index.ts';
import {
  NLM_F_ACK_TLVS,
  NLM_F_CAPPED,
  NLMSG_HEADER_SIZE,
  NLMSGERR_ATTR_MISS_TYPE,
  NLMSGERR_ATTR_MSG,
  NLMSGERR_ATTR_OFFS,
} from './constants.ts';

/** The errno of an acknowledgement that is cut short. */
const EIO = 5;

/** The content of an NLMSG_ERROR message: struct nlmsgerr and the attributes of an extended acknowledgement. */
export interface Acknowledgement {
  /** Positive errno; 0 is success. */
  readonly errno: number;
  readonly message?: string;
  /** Offset of the offending attribute, from the start of the request's header. */
  readonly offset?: number;
  /** The type of a missing attribute. */
  readonly missing?: number;
}

/** Reads the acknowledgement in the payload `[start, end)`. Stops at a malformed attribute. */
export function readAcknowledgement(from: Bytes, start: number, end: number, flags: number): Acknowledgement {
  if (end - start < 4) return { errno: EIO };
  const errno = -from.view.getInt32(start, LITTLE_ENDIAN);
  if ((flags & NLM_F_ACK_TLVS) === 0 || end - start < 4 + NLMSG_HEADER_SIZE) return { errno };
  const requestLength =
    (flags & NLM_F_CAPPED) === 0 ? from.view.getUint32(start + 4, LITTLE_ENDIAN) : NLMSG_HEADER_SIZE;
  const ack: { errno: number; message?: string; offset?: number; missing?: number } = { errno };
  let at = start + 4 + align4(requestLength);
  while (at + 4 <= end) {
    const length = from.view.getUint16(at, LITTLE_ENDIAN);
    const type = from.view.getUint16(at + 2, LITTLE_ENDIAN) & 0x3fff;
    if (length < 4 || at + length > end) break;
    if (type === NLMSGERR_ATTR_MSG)
      ack.message = Buffer.from(from.u8.subarray(at + 4, at + length))
        .toString('utf8')
        .replace(/\0.*$/s, '');
    else if (type === NLMSGERR_ATTR_OFFS && length >= 8) ack.offset = from.view.getUint32(at + 4, LITTLE_ENDIAN);
    else if (type === NLMSGERR_ATTR_MISS_TYPE && length >= 8) ack.missing = from.view.getUint32(at + 4, LITTLE_ENDIAN);
    at = align4(at + length);
  }
  return ack;
}

/**
 * Returns the name of the attribute to which an acknowledgement refers.
 * @param codec the codec of the request, a message at `[start, end)`
 */
export function offendingAttribute(
  ack: Acknowledgement,
  codec: AnyCodec,
  request: Bytes,
  start: number,
  end: number,
): string | undefined {
  if (ack.offset !== undefined && ack.offset > 0 && start + ack.offset < end) {
    return locate(codec, request, start + NLMSG_HEADER_SIZE, end, start + ack.offset);
  }
  if (ack.missing !== undefined) {
    const shape = codec.shape.type === 'message' ? codec.shape.attributes.shape : codec.shape;
    const name = shape.type === 'attributes' ? shape.fields.get(ack.missing)?.name : undefined;
    return `${codec.name}.${name ?? `attribute ${ack.missing}`}, which is missing`;
  }
  return undefined;
}
