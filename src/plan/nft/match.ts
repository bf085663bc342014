import type { MatchOperator, MatchValue, Selector } from '../../state/index.ts';
import { CONCATENATION, identifier, value } from './words.ts';

/** Selectors whose values are bit masks: a value without an operator tests for the bits. */
const BITS: ReadonlySet<string> = new Set(['ct state', 'ct status']);

export function renderMatch(left: Selector, op: MatchOperator, right: MatchValue): string {
  // After a computed selector (`& 16383`), the operator is necessary.
  const operator = op === 'in' || (op === '==' && !/[&^]/.test(left)) ? '' : `${op} `;
  if (typeof right === 'object' && 'set' in right) return `${left} ${operator}@${identifier(right.set)}`;
  const words = typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right];
  const fields = left.split(CONCATENATION);
  const [only] = words;
  if (fields.length > 1) {
    const elements = words.map((word) =>
      typeof word === 'object' ? value(left, word) : concatenated(fields, String(word)),
    );
    return `${left} ${operator}{ ${elements.join(', ')} }`;
  }
  const values = words.map((word) => value(left, word));
  if (op === 'in' && BITS.has(left)) return `${left} ${values.join(',')}`;
  if (only === undefined || words.length > 1) return `${left} ${operator}{ ${values.join(', ')} }`;
  return `${left} ${op === '==' && BITS.has(left) ? '== ' : operator}${values[0]}`;
}

/** `10.0.0.1 . 80-90`, each part in the syntax of its field. */
function concatenated(fields: readonly string[], words: string): string {
  const parts = words.split(CONCATENATION);
  return parts.map((part, i) => value(fields[i] ?? '', part)).join(CONCATENATION);
}
