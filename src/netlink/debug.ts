import { printable } from '../base/index.ts';
import { errnoName } from '../ffi/index.ts';
import { align4, LITTLE_ENDIAN, type AnyCodec, type Bytes } from '../wire/index.ts';
import { readAcknowledgement } from './acknowledgement.ts';
import { NLMSG_ERROR, NLMSG_HEADER_SIZE } from './constants.ts';

/** `NETWRIGHT_DEBUG=netlink` (or a list with it) prints every message to standard error, decoded and in hexadecimal. */
export const debugging: boolean = (process.env['NETWRIGHT_DEBUG'] ?? '').split(',').includes('netlink');
// When nothing reads standard error (EPIPE), the output is lost.
if (debugging) process.stderr.on('error', () => {});

export function debugSent(
  from: Bytes,
  queued: readonly { readonly start: number; readonly codec: AnyCodec; readonly operation: string | (() => string) }[],
): void {
  queued.forEach(({ start, codec, operation }, i) => {
    const end = queued[i + 1]?.start ?? from.length;
    print('→', typeof operation === 'string' ? operation : operation(), from, start, end);
    debugValue(codec.read(from, start + NLMSG_HEADER_SIZE, end));
  });
}

/** Prints a datagram as received: its lengths are not checked yet. */
export function debugReceived(from: Bytes, length: number): void {
  for (let at = 0; at + NLMSG_HEADER_SIZE <= length;) {
    const size = from.view.getUint32(at, LITTLE_ENDIAN);
    const end = size < NLMSG_HEADER_SIZE || at + size > length ? length : at + size;
    print('←', 'from the kernel', from, at, end);
    if (from.view.getUint16(at + 4, LITTLE_ENDIAN) === NLMSG_ERROR) {
      const flags = from.view.getUint16(at + 6, LITTLE_ENDIAN);
      const { errno, ...rest } = readAcknowledgement(from, at + NLMSG_HEADER_SIZE, end, flags);
      debugValue({ error: errno === 0 ? 'none' : errnoName(errno), ...rest });
    }
    at = align4(end);
  }
}

/** Prints a decoded message. */
export function debugValue(value: unknown): void {
  process.stderr.write(`    ${printable(JSON.stringify(value, toJson))}\n`);
}

function print(arrow: string, title: string, from: Bytes, start: number, end: number): void {
  const view = from.view;
  const header = `type ${view.getUint16(start + 4, LITTLE_ENDIAN)} flags 0x${view.getUint16(start + 6, LITTLE_ENDIAN).toString(16)} sequence ${view.getUint32(start + 8, LITTLE_ENDIAN)} length ${end - start}`;
  let text = `${arrow} ${title}: ${header}\n`;
  for (let at = start; at < end; at += 16) {
    const row = from.u8.subarray(at, Math.min(at + 16, end));
    text += `    ${(at - start).toString(16).padStart(4, '0')}  ${[...row].map((b) => b.toString(16).padStart(2, '0')).join(' ')}\n`;
  }
  process.stderr.write(printable(text));
}

function toJson(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('hex');
  return value;
}
