import type { MatchOperator, MatchValue, Selector } from '../../state/index.ts';
import { CONCATENATION, identifier, value } from './words.ts';

/** Whose values are bits, which a value alone tests for. */
const BITS: ReadonlySet<string> = new Set(['ct state', 'ct status']);

export function renderMatch(left: Selector, op: MatchOperator, right: MatchValue): string {
  // What is computed is set apart from what it is compared with.
  const sign = op === 'in' || (op === '==' && !/[&^]/.test(left)) ? '' : `${op} `;
  if (typeof right === 'object' && 'set' in right) return `${left} ${sign}@${identifier(right.set)}`;
  const words = typeof right === 'object' && 'anyOf' in right ? right.anyOf : [right];
  const fields = left.split(CONCATENATION);
  const [only] = words;
  if (fields.length > 1) {
    const elements = words.map((word) =>
      typeof word === 'object' ? value(left, word) : concatenated(fields, String(word)),
    );
    return `${left} ${sign}{ ${elements.join(', ')} }`;
  }
  const values = words.map((word) => value(left, word));
  if (op === 'in' && BITS.has(left)) return `${left} ${values.join(',')}`;
  if (only === undefined || words.length > 1) return `${left} ${sign}{ ${values.join(', ')} }`;
  return `${left} ${op === '==' && BITS.has(left) ? '== ' : sign}${values[0]}`;
}

/** `10.0.0.1 . 80-90`, each part as its field has it. */
function concatenated(fields: readonly string[], words: string): string {
  const parts = words.split(CONCATENATION);
  return parts.map((part, i) => value(fields[i] ?? '', part)).join(CONCATENATION);
}
