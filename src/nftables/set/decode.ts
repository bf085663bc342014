import type { SetElement, SetState } from '../../state/index.ts';
import {
  NFT_DATA_VERDICT,
  NFT_SET_ELEM_CATCHALL,
  NFT_SET_ELEM_INTERVAL_END,
  NFT_SET_INTERVAL,
  NFT_SET_MAP,
} from '../constants.ts';
import type { Data } from '../data.ts';
import type { ElementMessage, SetMessage } from '../schema/index.ts';
import { commentOf } from '../user-data.ts';
import { compareBytes, decrement, formatInterval, formatValue } from '../datatypes/index.ts';
import { flagWords } from './flags.ts';
import { splitParts, typesFrom, type Types } from './types.ts';
import { formatVerdict } from './verdict.ts';

/** Decodes a set. Its elements are sorted by key, since the kernel does not keep their order. */
export function decodeSet(set: SetMessage, elements: readonly ElementMessage[]): SetState {
  const flags = set.flags ?? 0;
  const key = typesFrom(
    set.keyType ?? 0,
    set.keyLength ?? 0,
    set.desc?.concat?.map(({ length }) => length ?? 0),
  );
  const value = (flags & NFT_SET_MAP) === 0 ? undefined : valueTypes(set);
  const ordered = (flags & NFT_SET_INTERVAL) !== 0;
  return {
    key: key.parts.map(({ name }) => name),
    ...(value === undefined ? {} : { value: value === 'verdict' ? ['verdict'] : value.parts.map(({ name }) => name) }),
    flags: flagWords(flags),
    elements: decodeElements(key, value, ordered, elements),
    ...(set.timeout === undefined || set.timeout === 0n ? {} : { timeout: Number(set.timeout) / 1000 }),
  };
}

const valueTypes = (set: SetMessage): Types | 'verdict' =>
  set.dataType === NFT_DATA_VERDICT ? 'verdict' : typesFrom(set.dataType ?? 0, set.dataLength ?? 0);

function decodeElements(
  key: Types,
  value: Types | 'verdict' | undefined,
  ordered: boolean,
  elements: readonly ElementMessage[],
): SetElement[] {
  const keyed = elements
    .filter((element) => element.key?.value !== undefined)
    .map((message) => ({ message, sortKey: sortKeyOf(key, message.key!.value!, ordered) }));
  keyed.sort((a, b) => compareBytes(a.sortKey, b.sortKey) || Number(isEnd(b.message)) - Number(isEnd(a.message)));
  const decoded: SetElement[] = [];
  keyed.forEach(({ message }, i) => {
    if (isEnd(message)) return;
    const low = splitParts(key, message.key!.value!, ordered);
    const high =
      message.keyEnd?.value === undefined
        ? ordered && key.parts.length === 1
          ? [endOf(keyed[i + 1]?.message, low[0]!)]
          : low
        : splitParts(key, message.keyEnd.value, ordered);
    decoded.push({
      key: key.parts.map((type, part) => formatInterval(type, low[part]!, high[part]!)),
      ...decodeValue(value, message.data),
      ...decodeComment(message),
      ...(message.timeout === undefined ? {} : { timeout: Number(message.timeout) / 1000 }),
    });
  });
  for (const message of elements) {
    if (((message.flags ?? 0) & NFT_SET_ELEM_CATCHALL) !== 0)
      decoded.push({ key: ['*'], ...decodeValue(value, message.data), ...decodeComment(message) });
  }
  return decoded;
}

function decodeComment({ userData }: ElementMessage): { comment?: string } {
  const comment = commentOf(userData);
  return comment === undefined ? {} : { comment };
}

const isEnd = (message: ElementMessage): boolean => ((message.flags ?? 0) & NFT_SET_ELEM_INTERVAL_END) !== 0;

/** Returns the key with the most significant byte first, so that comparing bytes sorts by value. */
function sortKeyOf(key: Types, bytes: Uint8Array, ordered: boolean): Uint8Array {
  const [first, second] = key.parts;
  return second === undefined && first?.order === 'host' ? splitParts(key, bytes, ordered)[0]! : bytes;
}

/** Returns the last value of an interval: the one before the next element, or the maximum when there is none. */
function endOf(next: ElementMessage | undefined, low: Uint8Array): Uint8Array {
  const end = next?.key?.value;
  return end === undefined ? new Uint8Array(low.length).fill(0xff) : decrement(end);
}

function decodeValue(
  types: Types | 'verdict' | undefined,
  data: Data | undefined,
): { value?: readonly (string | number)[] } {
  if (types === undefined || data === undefined) return {};
  if (types === 'verdict') return data.verdict === undefined ? {} : { value: [formatVerdict(data.verdict) ?? 'queue'] };
  if (data.value === undefined) return {};
  return { value: splitParts(types, data.value, false).map((part, i) => formatValue(types.parts[i]!, part)) };
}
