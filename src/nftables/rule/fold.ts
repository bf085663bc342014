import type { MatchValue, SetState } from '../../state/index.ts';
import { interfaceIndex, type DataType, type Interfaces, type RangeWord, type Word } from '../words/index.ts';
import type { Named } from './rule-reader.ts';
import { CONCATENATION } from './selectors.ts';

/** The elements of an anonymous set as the values of a match; nothing when they are of other types. */
export function fold(set: SetState, named: readonly Named[], interfaces: Interfaces): MatchValue | undefined {
  if (set.value !== undefined || set.elements.length === 0 || set.key.length !== named.length) return undefined;
  if (!set.key.every((name, i) => name === named[i]!.type.name)) return undefined;
  if (set.elements.some(({ key }) => key.length !== named.length)) return undefined;
  const anyOf = set.elements.map(({ key }) => {
    const [only] = key;
    return key.length === 1 && only !== undefined
      ? inWords(named[0]!.type, only, interfaces)
      : key.map(text).join(CONCATENATION);
  });
  return anyOf.length === 1 && named.length === 1 ? anyOf[0]! : { anyOf };
}

const text = (word: Word | RangeWord): string => (typeof word === 'object' ? word.range.join('-') : String(word));

function inWords(type: DataType, word: Word | RangeWord, interfaces: Interfaces): Word | RangeWord {
  if (type.name !== 'iface_index' || typeof word === 'object') return word;
  const named = interfaceIndex(interfaces);
  return named.format(named.parse(word));
}
