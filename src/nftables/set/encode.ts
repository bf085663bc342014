import { EncodeError } from '../../wire/index.ts';
import type { SetElement, SetState } from '../../state/index.ts';
import {
  NFT_DATA_VERDICT,
  NFT_SET_ANONYMOUS,
  NFT_SET_CONCAT,
  NFT_SET_ELEM_CATCHALL,
  NFT_SET_ELEM_INTERVAL_END,
  NFT_SET_MAP,
} from '../constants.ts';
import type { Data } from '../data.ts';
import type { ElementMessage, SetMessage } from '../schema/index.ts';
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
import { compareBytes, increment, parseInterval, type Interval } from '../datatypes/index.ts';
import { flagBits } from './flags.ts';
import { joinParts, typesOf, type Types } from './types.ts';
import { parseVerdict } from './verdict.ts';

/** The key of the catch-all element, which matches every key without an element of its own. */
const CATCHALL = '*';

/** Attributes of a new set that are not in its {@link SetState}. */
export interface SetOptions {
  /** NFTA_SET_ID: by this number, messages of the same transaction refer to the set. */
  readonly id: number;
  /** The set belongs to one rule, and is deleted with it. */
  readonly anonymous?: boolean;
}

type SetAttributes = Pick<
  SetMessage,
  'flags' | 'keyType' | 'keyLength' | 'dataType' | 'dataLength' | 'desc' | 'id' | 'timeout' | 'userData'
>;

/**
 * Returns the attributes of a new set, without its name.
 * @param count how many elements are added to it
 * @throws EncodeError when a data type is unknown
 */
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

/** enum byteorder of nft's datatype.h: 0 invalid (for a concatenation), 1 host, 2 big endian. */
function byteOrder(types: Types): number {
  if (types.parts.length !== 1) return 0;
  return types.parts[0]!.order === 'big' ? 2 : 1;
}

interface ElementsOptions {
  readonly anonymous?: boolean;
  /** True adds the end element before the first interval. False to delete elements: other intervals may need it. */
  readonly firstEnd?: boolean;
}

/**
 * Encodes elements of a set. Elements of an interval set are sorted, and end elements added between them.
 * @throws EncodeError when an element does not fit the set, or intervals overlap
 */
export function encodeElements(
  set: SetState,
  elements: readonly SetElement[],
  { anonymous = false, firstEnd = true }: ElementsOptions = {},
): ElementMessage[] {
  const key = typesOf(set.key);
  const ranged = set.flags.includes('interval');
  const parsed = elements.map((element) => parseElement(set, key, element));
  const catchAll = parsed
    .filter(({ parts }) => parts === undefined)
    .map(({ data }) => ({ ...data, flags: NFT_SET_ELEM_CATCHALL }));
  const keyed = parsed.filter((element) => element.parts !== undefined);
  if (ranged && key.parts.length === 1) return [...encodeIntervals(keyed, anonymous, firstEnd), ...catchAll];
  return [
    ...keyed.map(({ parts, data, keyText }) => {
      if (!ranged && parts.some(({ form }) => form !== 'value')) {
        throw new EncodeError('a set', `${keyText} is not a single value; give the set the flag "interval"`);
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

/** The attributes of an element besides its key. */
interface ElementData {
  readonly data?: Data;
  readonly userData?: Uint8Array;
  /** Milliseconds. */
  readonly timeout?: bigint;
}

interface ParsedElement {
  /** Absent for the catch-all element. */
  readonly parts: readonly Interval[] | undefined;
  readonly data: ElementData;
  readonly keyText: string;
}

function parseElement(
  set: SetState,
  key: Types,
  element: SetElement,
): ParsedElement & { readonly parts: readonly Interval[] } {
  const keyText = element.key
    .map((word) => (typeof word === 'object' ? word.range.join('-') : String(word)))
    .join(' . ');
  const data = {
    ...encodeValue(set, element, keyText),
    ...encodeTimeout(set, element, keyText),
    ...encodeComment(element, keyText),
  };
  if (element.key.length === 1 && element.key[0] === CATCHALL) return { parts: undefined, data, keyText } as never;
  if (element.key.length !== key.parts.length) {
    throw new EncodeError(
      'a set',
      `${keyText} has ${element.key.length} parts where the key has ${key.parts.length}: ${set.key.join(' . ')}`,
    );
  }
  return { parts: key.parts.map((type, i) => parseInterval(type, element.key[i]!)), data, keyText };
}

function encodeComment({ comment }: SetElement, keyText: string): { readonly userData?: Uint8Array } {
  if (comment === undefined) return {};
  if (Buffer.byteLength(comment) > MAX_COMMENT)
    throw new EncodeError('a set', `the comment of ${keyText} has more than ${MAX_COMMENT} bytes`);
  return { userData: commentData(comment) };
}

function encodeTimeout(set: SetState, { timeout }: SetElement, keyText: string): { readonly timeout?: bigint } {
  if (timeout === undefined) return {};
  if (!set.flags.includes('timeout'))
    throw new EncodeError('a set', `${keyText} has a timeout; give the set the flag "timeout"`);
  return { timeout: BigInt(Math.max(1, Math.round(timeout * 1000))) };
}

function encodeValue(set: SetState, element: SetElement, keyText: string): { readonly data?: Data } {
  if ((set.value === undefined) !== (element.value === undefined)) {
    throw new EncodeError(
      'a set',
      set.value === undefined
        ? `${keyText} has a value, but this is not a map`
        : `${keyText} has no value, but this is a map`,
    );
  }
  if (set.value === undefined || element.value === undefined) return {};
  if (isVerdict(set.value)) return { data: { verdict: parseVerdict(String(element.value[0])) } };
  const types = typesOf(set.value);
  if (element.value.length !== types.parts.length) {
    throw new EncodeError(
      'a map',
      `${keyText} has a value of ${element.value.length} parts, not ${types.parts.length}: ${set.value.join(' . ')}`,
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
  readonly keyText: string;
}

function encodeIntervals(
  elements: readonly (ParsedElement & { readonly parts: readonly Interval[] })[],
  anonymous: boolean,
  firstEnd: boolean,
): ElementMessage[] {
  const spans: Span[] = elements
    .map(({ parts, data, keyText }) => ({ low: parts[0]!.low, high: parts[0]!.high, data, keyText }))
    .toSorted((a, b) => compareBytes(a.low, b.low));
  const intervals = anonymous && spans.every(({ data }) => data.data === undefined) ? merge(spans) : spans;
  const messages: ElementMessage[] = [];
  // The kernel looks up the greatest key that is not above a value: an end element at 0 precedes the first interval.
  const [first] = intervals;
  if (firstEnd && first !== undefined && first.low.some((byte) => byte !== 0)) {
    messages.push({ flags: NFT_SET_ELEM_INTERVAL_END, key: { value: new Uint8Array(first.low.length) } });
  }
  intervals.forEach(({ low, high, data, keyText }, i) => {
    const previous = intervals[i - 1];
    if (previous !== undefined && compareBytes(previous.high, low) >= 0)
      throw new EncodeError('a set', `${previous.keyText} and ${keyText} overlap`);
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

/** Merges intervals that overlap or are adjacent, as nft does in anonymous sets. */
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
