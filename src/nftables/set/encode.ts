import { EncodeError } from '../../wire/index.ts';
import type { SetElement, SetState } from '../../state/index.ts';
import {
  NFT_DATA_VERDICT,
  NFT_SET_ANONYMOUS,
  NFT_SET_CONCAT,
  NFT_SET_ELEM_CATCHALL,
  NFT_SET_ELEM_INTERVAL_END,
  NFT_SET_MAP,
} from '../schema/constants.ts';
import type { Data } from '../schema/data.ts';
import type { ElementMessage } from '../schema/elements.ts';
import type { SetMessage } from '../schema/set.ts';
import {
  DATA_BYTE_ORDER,
  commentData,
  ELEMENT_FLAGS,
  INTERVAL_OPEN,
  KEY_BYTE_ORDER,
  MAX_COMMENT,
  userNumber,
  writeUserData,
} from '../user-data.ts';
import { compareBytes, increment } from '../words/order.ts';
import { parseInterval, type Interval } from '../words/value.ts';
import { flagBits } from './flags.ts';
import { joinParts, typesOf, type Types } from './types.ts';
import { parseVerdict } from './verdict.ts';

/** The key that stands for all that are not in the set: nft's catch-all element. */
const CATCHALL = '*';

/** What a set needs beyond its description to be put into a table. */
export interface SetOptions {
  /** The number that messages of the same transaction know the set by. */
  readonly id: number;
  /** Bound to one rule, and gone with it. */
  readonly anonymous?: boolean;
}

type SetAttributes = Pick<
  SetMessage,
  'flags' | 'keyType' | 'keyLength' | 'dataType' | 'dataLength' | 'desc' | 'id' | 'timeout' | 'userData'
>;

/** The attributes that make the set, apart from its name. `count` is how many elements are put into it. */
export function encodeSet(set: SetState, count: number, { id, anonymous = false }: SetOptions): SetAttributes {
  const key = typesOf(set.key);
  const ranged = set.key.length > 1 && set.flags.includes('interval');
  const size = set.flags.includes('constant') ? count : undefined;
  const isMap = set.value !== undefined;
  const desc = {
    ...(size === undefined ? {} : { size }),
    ...(ranged ? { concat: key.parts.map((part) => ({ length: part.size })) } : {}),
  };
  return {
    flags:
      flagBits(set.flags) |
      (anonymous ? NFT_SET_ANONYMOUS : 0) |
      (isMap ? NFT_SET_MAP : 0) |
      (ranged ? NFT_SET_CONCAT : 0),
    keyType: key.id,
    keyLength: key.length,
    ...(set.value === undefined ? {} : dataAttributes(set.value)),
    ...(Object.keys(desc).length === 0 ? {} : { desc }),
    id,
    ...(set.timeout === undefined ? {} : { timeout: BigInt(Math.round(set.timeout * 1000)) }),
    userData: writeUserData([
      userNumber(KEY_BYTE_ORDER, byteOrder(key)),
      ...(set.value === undefined || isVerdict(set.value)
        ? []
        : [userNumber(DATA_BYTE_ORDER, byteOrder(typesOf(set.value)))]),
    ]),
  };
}

const isVerdict = (value: readonly string[]): boolean => value.length === 1 && value[0] === 'verdict';

function dataAttributes(value: readonly string[]): { readonly dataType: number; readonly dataLength: number } {
  if (isVerdict(value)) return { dataType: NFT_DATA_VERDICT, dataLength: 16 };
  const types = typesOf(value);
  return { dataType: types.id, dataLength: types.length };
}

/** enum byteorder of nft's datatype.h: invalid for a concatenation, host, or big endian. */
function byteOrder(types: Types): number {
  if (types.parts.length !== 1) return 0;
  return types.parts[0]!.order === 'big' ? 2 : 1;
}

interface ElementsOptions {
  readonly anonymous?: boolean;
  /** Whether an end stands before the first interval: not when elements are deleted, since others may need it. */
  readonly firstEnd?: boolean;
}

/** The elements as the kernel wants them; those of an interval set in order, with the ends of intervals between. */
export function encodeElements(
  set: SetState,
  elements: readonly SetElement[],
  { anonymous = false, firstEnd = true }: ElementsOptions = {},
): ElementMessage[] {
  const key = typesOf(set.key);
  const ranged = set.flags.includes('interval');
  const read = elements.map((element) => readElement(set, key, element));
  const catchAll = read
    .filter(({ parts }) => parts === undefined)
    .map(({ data }) => ({ ...data, flags: NFT_SET_ELEM_CATCHALL }));
  const keyed = read.filter((element) => element.parts !== undefined);
  if (ranged && key.parts.length === 1) return [...encodeIntervals(keyed, anonymous, firstEnd), ...catchAll];
  return [
    ...keyed.map(({ parts, data, words }) => {
      if (!ranged && parts.some(({ form }) => form !== 'value')) {
        throw new EncodeError('a set', `${words} is not a single value; give the set the flag "interval"`);
      }
      return {
        key: {
          value: joinParts(
            key,
            parts.map(({ low }) => low),
            ranged,
          ),
        },
        ...data,
        ...(ranged
          ? {
              keyEnd: {
                value: joinParts(
                  key,
                  parts.map(({ high }) => high),
                  ranged,
                ),
              },
            }
          : {}),
      };
    }),
    ...catchAll,
  ];
}

/** What an element has besides its key. */
interface ElementData {
  readonly data?: Data;
  readonly userData?: Uint8Array;
  /** Milliseconds. */
  readonly timeout?: bigint;
}

interface ReadElement {
  /** Absent for the catch-all element. */
  readonly parts: readonly Interval[] | undefined;
  readonly data: ElementData;
  readonly words: string;
}

function readElement(
  set: SetState,
  key: Types,
  element: SetElement,
): ReadElement & { readonly parts: readonly Interval[] } {
  const words = element.key.map((word) => (typeof word === 'object' ? word.range.join('-') : String(word))).join(' . ');
  const data = {
    ...encodeValue(set, element, words),
    ...encodeTimeout(set, element, words),
    ...encodeComment(element, words),
  };
  if (element.key.length === 1 && element.key[0] === CATCHALL) return { parts: undefined, data, words } as never;
  if (element.key.length !== key.parts.length) {
    throw new EncodeError(
      'a set',
      `${words} has ${element.key.length} parts where the key has ${key.parts.length}: ${set.key.join(' . ')}`,
    );
  }
  return { parts: key.parts.map((type, i) => parseInterval(type, element.key[i]!)), data, words };
}

function encodeComment({ comment }: SetElement, words: string): { readonly userData?: Uint8Array } {
  if (comment === undefined) return {};
  if (Buffer.byteLength(comment) > MAX_COMMENT)
    throw new EncodeError('a set', `the comment of ${words} has more than ${MAX_COMMENT} bytes`);
  return { userData: commentData(comment) };
}

function encodeTimeout(set: SetState, { timeout }: SetElement, words: string): { readonly timeout?: bigint } {
  if (timeout === undefined) return {};
  if (!set.flags.includes('timeout'))
    throw new EncodeError('a set', `${words} has a timeout; give the set the flag "timeout"`);
  return { timeout: BigInt(Math.max(1, Math.round(timeout * 1000))) };
}

function encodeValue(set: SetState, element: SetElement, words: string): { readonly data?: Data } {
  if ((set.value === undefined) !== (element.value === undefined)) {
    throw new EncodeError(
      'a set',
      set.value === undefined
        ? `${words} has a value, but this is not a map`
        : `${words} has no value, but this is a map`,
    );
  }
  if (set.value === undefined || element.value === undefined) return {};
  if (isVerdict(set.value)) return { data: { verdict: parseVerdict(String(element.value[0])) } };
  const types = typesOf(set.value);
  if (element.value.length !== types.parts.length) {
    throw new EncodeError(
      'a map',
      `${words} has a value of ${element.value.length} parts, not ${types.parts.length}: ${set.value.join(' . ')}`,
    );
  }
  return {
    data: {
      value: joinParts(
        types,
        types.parts.map((type, i) => type.parse(element.value![i]!)),
        false,
      ),
    },
  };
}

interface Span {
  readonly low: Uint8Array;
  readonly high: Uint8Array;
  readonly data: ElementData;
  readonly words: string;
}

function encodeIntervals(
  elements: readonly (ReadElement & { readonly parts: readonly Interval[] })[],
  anonymous: boolean,
  firstEnd: boolean,
): ElementMessage[] {
  const spans: Span[] = elements
    .map(({ parts, data, words }) => ({ low: parts[0]!.low, high: parts[0]!.high, data, words }))
    .toSorted((a, b) => compareBytes(a.low, b.low));
  const apart = anonymous && spans.every(({ data }) => data.data === undefined) ? merge(spans) : spans;
  const messages: ElementMessage[] = [];
  // The kernel finds an address by the greatest key that is not above it, so what is below the first is an end too.
  const [first] = apart;
  if (firstEnd && first !== undefined && first.low.some((byte) => byte !== 0)) {
    messages.push({ flags: NFT_SET_ELEM_INTERVAL_END, key: { value: new Uint8Array(first.low.length) } });
  }
  apart.forEach(({ low, high, data, words }, i) => {
    const before = apart[i - 1];
    if (before !== undefined && compareBytes(before.high, low) >= 0)
      throw new EncodeError('a set', `${before.words} and ${words} overlap`);
    const end = increment(high);
    messages.push({
      key: { value: low },
      ...data,
      ...(end === undefined
        ? {
            userData: Buffer.concat([
              data.userData ?? new Uint8Array(),
              writeUserData([userNumber(ELEMENT_FLAGS, INTERVAL_OPEN)]),
            ]),
          }
        : {}),
    });
    if (end !== undefined) messages.push({ flags: NFT_SET_ELEM_INTERVAL_END, key: { value: end } });
  });
  return messages;
}

/** Joins spans that overlap or touch, as nft does in the sets it makes of `{ … }`. */
function merge(spans: readonly Span[]): Span[] {
  const merged: Span[] = [];
  for (const span of spans) {
    const last = merged.at(-1);
    const next = last === undefined ? undefined : increment(last.high);
    if (last === undefined || (next !== undefined && compareBytes(next, span.low) < 0)) merged.push(span);
    else if (compareBytes(last.high, span.high) < 0) merged[merged.length - 1] = { ...last, high: span.high };
  }
  return merged;
}
