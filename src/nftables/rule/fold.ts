import type { MatchValue, SetState } from '../../state/index.ts';
import {
  interfaceIndex,
  type DataType,
  type Interfaces,
  type RangeValue,
  type SingleValue,
} from '../datatypes/index.ts';
import type { LoadedSelector } from './rule-reader.ts';
import { CONCATENATION } from './selectors.ts';

/**
 * Inlines an anonymous set: returns its elements as the value of a match, or undefined when their types differ from
 * those of the selectors.
 */
export function fold(
  set: SetState,
  selectors: readonly LoadedSelector[],
  interfaces: Interfaces,
): MatchValue | undefined {
  if (set.value !== undefined || set.elements.length === 0 || set.key.length !== selectors.length) return undefined;
  if (!set.key.every((name, i) => name === selectors[i]!.type.name)) return undefined;
  if (set.elements.some(({ key }) => key.length !== selectors.length)) return undefined;
  const anyOf = set.elements.map(({ key }) => {
    const [only] = key;
    return key.length === 1 && only !== undefined
      ? withInterfaceName(selectors[0]!.type, only, interfaces)
      : key.map(text).join(CONCATENATION);
  });
  return anyOf.length === 1 && selectors.length === 1 ? anyOf[0]! : { anyOf };
}

const text = (value: SingleValue | RangeValue): string =>
  typeof value === 'object' ? value.range.join('-') : String(value);

/** Replaces the index of an interface by its name. */
function withInterfaceName(
  type: DataType,
  value: SingleValue | RangeValue,
  interfaces: Interfaces,
): SingleValue | RangeValue {
  if (type.name !== 'iface_index' || typeof value === 'object') return value;
  const typeWithNames = interfaceIndex(interfaces);
  return typeWithNames.format(typeWithNames.parse(value));
}
